// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/tasks.hpp"

#include <algorithm>

namespace metasolve::engine {

TaskGroup<float> TaskKind::bind_float(exec::Backend&, Tasks const&, StageLimits const&) const {
  throw InputError("solver.precision: this problem is solved in \"double\" alone");
}

// By value for those that override it, which change the copy.
Tasks TaskKind::with_parameter(Tasks, double, ParameterOrigin) const {  // NOLINT(performance-unnecessary-value-param)
  throw Error("with_parameter: these tasks have no parameter that is tuned");
}

void for_each_part(Tasks const& tasks, std::int64_t most,
                   std::function<void(double const* rows, std::int64_t first, std::int64_t n)> const& use) {
  std::int64_t const part = std::clamp<std::int64_t>(most, 1, std::max<std::int64_t>(1, tasks.count));
  std::vector<double> rows(static_cast<std::size_t>(part * tasks.kind->width()));
  for (std::int64_t first = 0; first < tasks.count; first += part) {
    std::int64_t const here = std::min(part, tasks.count - first);
    tasks.fill(first, here, rows.data());
    use(rows.data(), first, here);
  }
}

void features_of(Tasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  std::vector<double> rows(static_cast<std::size_t>(n * tasks.kind->width()));
  tasks.fill(first, n, rows.data());
  tasks.kind->features_of(rows.data(), n, features);
}

Tasks concatenated(std::vector<Tasks> groups) {
  Tasks all{0, groups.front().kind, {}};
  for (auto const& group : groups) all.count += group.count;
  all.fill = [groups = std::move(groups), width = all.kind->width()](std::int64_t first, std::int64_t count,
                                                                     double* rows) {
    std::int64_t done = 0;
    for (auto const& g : groups) {
      std::int64_t const here = std::clamp<std::int64_t>(g.count - first, 0, count - done);
      if (here > 0) g.fill(first, here, rows + done * width);
      first = std::max<std::int64_t>(0, first - g.count);
      done += here;
    }
  };
  return all;
}

Tasks slice(Tasks const& tasks, std::int64_t first, std::int64_t count) {
  return {count, tasks.kind,
          [fill = tasks.fill, first](std::int64_t from, std::int64_t n, double* rows) { fill(first + from, n, rows); }};
}

}  // namespace metasolve::engine
