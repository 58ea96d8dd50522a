// SPDX-License-Identifier: Apache-2.0
#include "src/problems/any_tasks.hpp"

#include <algorithm>

namespace metasolve::problems {

namespace {

PoissonTasks concatenated(std::vector<PoissonTasks> groups) {
  PoissonTasks all = groups.front();
  all.count = 0;
  for (auto const& g : groups) all.count += g.count;
  all.fill = [groups = std::move(groups), n = all.unknowns](std::int64_t first, std::int64_t count, double* force,
                                                            double* solution) {
    for (auto const& g : groups) {
      std::int64_t const here = std::clamp<std::int64_t>(g.count - first, 0, count);
      if (here > 0) g.fill(first, here, force, solution);
      first = std::max<std::int64_t>(0, first - g.count);
      count -= here;
      force += here * n;
      solution += here * n;
    }
  };
  return all;
}

}  // namespace

AnyTasks concatenated(std::vector<AnyTasks> groups) {
  return std::visit(
      [&]<class Tasks>(Tasks const&) -> AnyTasks {
        std::vector<Tasks> same;
        for (auto& g : groups) same.push_back(std::get<Tasks>(std::move(g)));
        return concatenated(std::move(same));
      },
      AnyTasks(groups.front()));
}

}  // namespace metasolve::problems
