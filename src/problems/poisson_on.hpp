// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/operators/poisson_stencil.hpp"
#include "src/problems/poisson.hpp"

namespace metasolve::problems {

/// Poisson tasks in an executor's memory.
template <class Scalar>
struct PoissonData {
  exec::Buffer<Scalar> force, solution;
};

/// Uploads the tasks, a part at a time, and binds Jacobi to them. The features are f.
template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_poisson(exec::Backend& backend, PoissonKind const& kind, engine::Tasks const& tasks,
                                       engine::StageLimits const& limits) {
  auto& exec = dynamic_cast<Exec&>(backend);
  std::int64_t const n = kind.unknowns;
  bool const known = kind.measure == kernels::Measure::relative_error;
  auto data = std::make_shared<PoissonData<Scalar>>();
  data->force = exec::Buffer<Scalar>(exec, tasks.count * n);
  if (known) data->solution = exec::Buffer<Scalar>(exec, tasks.count * n);
  engine::TaskGroup<Scalar> group;
  group.count = tasks.count;
  group.features = {data->force.data(), n, 1};

  if (!exec.planning()) {
    std::vector<Scalar> converted;
    engine::for_each_part(tasks, 65536 / n, [&](double const* rows, std::int64_t first, std::int64_t here) {
      converted.resize(static_cast<std::size_t>(here * n));
      auto const upload = [&](exec::Buffer<Scalar>& to, std::int64_t column) {
        for (std::int64_t t = 0; t < here; ++t) std::copy_n(rows + t * 2 * n + column, n, converted.data() + t * n);
        to.upload(converted.data(), here * n, first * n);
      };
      upload(data->force, 0);
      if (known) upload(data->solution, n);
    });
  }
  using Solver = kernels::Jacobi<kernels::PoissonStencil<Scalar>>;
  Solver const solver{.matrix = {kind.unknowns},
                      .measure_kind = kind.measure,
                      .force = {data->force.data(), n, 1},
                      .solution = {data->solution.data(), n, 1}};
  group.solver = std::make_unique<engine::SolveStageOn<Exec, Solver>>(exec, solver, limits);
  group.data = std::move(data);
  return group;
}

template <class Exec>
PoissonBinding PoissonBinding::on() {
  return {bind_poisson<Exec, double>, bind_poisson<Exec, float>};
}

}  // namespace metasolve::problems
