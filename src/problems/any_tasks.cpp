// SPDX-License-Identifier: Apache-2.0
#include "src/problems/any_tasks.hpp"

#include <algorithm>

#include "kernels/problems/ode_bodies.hpp"
#include "kernels/problems/spd_features.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::problems {

namespace {

/// part(group, first of the group, count, tasks before it): what [first, first + count) of all groups together is.
template <class Tasks, class Part>
void for_each_part(std::vector<Tasks> const& groups, std::int64_t first, std::int64_t count, Part&& part) {
  std::int64_t done = 0;
  for (auto const& g : groups) {
    std::int64_t const here = std::clamp<std::int64_t>(g.count - first, 0, count - done);
    if (here > 0) part(g, first, here, done);
    first = std::max<std::int64_t>(0, first - g.count);
    done += here;
  }
}

PoissonTasks concatenated(std::vector<PoissonTasks> groups) {
  PoissonTasks all = groups.front();
  all.fill = [groups = std::move(groups), n = all.unknowns](std::int64_t first, std::int64_t count, double* force,
                                                            double* solution) {
    for_each_part(groups, first, count,
                  [&](PoissonTasks const& g, std::int64_t from, std::int64_t here, std::int64_t at) {
                    g.fill(from, here, force + at * n, solution + at * n);
                  });
  };
  return all;
}

template <class O>
OdeTasks<O> concatenated(std::vector<OdeTasks<O>> groups) {
  OdeTasks<O> all = groups.front();
  all.fill = [groups = std::move(groups)](std::int64_t first, std::int64_t count, double* rows) {
    for_each_part(groups, first, count,
                  [&](OdeTasks<O> const& g, std::int64_t from, std::int64_t here, std::int64_t at) {
                    g.fill(from, here, rows + at * kernels::ImplicitEuler<O, double>::columns);
                  });
  };
  return all;
}

ForeignTasks concatenated(std::vector<ForeignTasks> groups) {
  ForeignTasks all = groups.front();
  all.fill = [groups = std::move(groups), width = all.problem->columns](std::int64_t first, std::int64_t count,
                                                                        double* rows) {
    for_each_part(groups, first, count,
                  [&](ForeignTasks const& g, std::int64_t from, std::int64_t here, std::int64_t at) {
                    g.fill(from, here, rows + at * width);
                  });
  };
  return all;
}

BeamTasks concatenated(std::vector<BeamTasks> groups) {
  BeamTasks all = groups.front();
  all.fill = [groups = std::move(groups)](std::int64_t first, std::int64_t count, double* beams) {
    for_each_part(groups, first, count, [&](BeamTasks const& g, std::int64_t from, std::int64_t here, std::int64_t at) {
      g.fill(from, here, beams + at * kernels::BeamColumns::count);
    });
  };
  return all;
}

SpdTasks concatenated(std::vector<SpdTasks> groups) {
  SpdTasks all = groups.front();
  auto const n = all.structure->unknowns, size = n + static_cast<std::int32_t>(all.structure->entries());
  all.fill = [groups = std::move(groups), n, size](std::int64_t first, std::int64_t count, double* values,
                                                   double* right) {
    for_each_part(groups, first, count, [&](SpdTasks const& g, std::int64_t from, std::int64_t here, std::int64_t at) {
      g.fill(from, here, values + at * size, right + at * n);
    });
  };
  return all;
}

void features_of_tasks(PoissonTasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  std::vector<double> solution(static_cast<std::size_t>(n * tasks.unknowns));
  tasks.fill(first, n, features, solution.data());
}

template <class O>
void features_of_tasks(OdeTasks<O> const& tasks, std::int64_t first, std::int64_t n, double* features) {
  constexpr int columns = kernels::ImplicitEuler<O, double>::columns;
  std::vector<double> rows(static_cast<std::size_t>(n * columns));
  tasks.fill(first, n, rows.data());
  kernels::ProblemFeatures<kernels::OdeProblem<O>> const body{kernels::ImplicitEuler<O, double>::of_rows(rows.data()),
                                                              features};
  for (std::int64_t t = 0; t < n; ++t) body.template operator()<double>(0, t);
}

void features_of_tasks(ForeignTasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  std::vector<double> rows(static_cast<std::size_t>(n * tasks.problem->columns));
  tasks.fill(first, n, rows.data());
  tasks.problem->features_of(rows.data(), n, features);
}

void features_of_tasks(BeamTasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  exec::CpuExec host(1);
  BeamStencilData const data(host, *tasks.stencil);
  auto const stencil = data.view();
  auto const count = static_cast<std::size_t>(n);
  std::vector<double> beams(count * kernels::BeamColumns::count);
  std::vector<double> values(count * static_cast<std::size_t>(stencil.pattern.values()));
  std::vector<double> right(count * static_cast<std::size_t>(stencil.pattern.unknowns));
  tasks.fill(first, n, beams.data());
  host.launch(n, kernels::assembled_columns(stencil),
              kernels::AssembleBeams<double>{stencil, beams.data(), values.data(), right.data()});
  host.launch(1, n, kernels::BeamFeatures<double>{stencil.pattern, beams.data(), values.data(), features});
}

void features_of_tasks(SpdTasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  exec::CpuExec host(1);
  sparse::LowerPattern const data(host, *tasks.structure);
  auto const pattern = data.view();
  std::vector<double> values(static_cast<std::size_t>(n) * static_cast<std::size_t>(pattern.values()));
  std::vector<double> right(static_cast<std::size_t>(n) * static_cast<std::size_t>(pattern.unknowns));
  tasks.fill(first, n, values.data(), right.data());
  host.launch(1, n, kernels::SpdFeatures<double>{pattern, {values.data(), pattern.values(), 1}, features});
}

}  // namespace

AnyTasks concatenated(std::vector<AnyTasks> groups) {
  return std::visit(
      [&]<class Tasks>(Tasks const&) -> AnyTasks {
        std::vector<Tasks> same;
        std::int64_t count = 0;
        for (auto& g : groups) {
          same.push_back(std::get<Tasks>(std::move(g)));
          count += same.back().count;
        }
        Tasks all = concatenated(std::move(same));
        all.count = count;
        return all;
      },
      AnyTasks(groups.front()));
}

void features_of(AnyTasks const& tasks, std::int64_t first, std::int64_t n, double* features) {
  std::visit([&](auto const& t) { features_of_tasks(t, first, n, features); }, tasks);
}

}  // namespace metasolve::problems
