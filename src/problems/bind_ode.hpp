// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "kernels/ode_bodies.hpp"
#include "metasolve/error.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/problems/fused_problem.hpp"
#include "src/problems/ode_tasks.hpp"

namespace metasolve::problems {

/// Implicit Euler steps in an executor's memory.
struct OdeData {
  exec::Buffer<double> rows, features;
};

/// Uploads the tasks, a part at a time so that the host never holds all of them, and binds Newton-SOR to them. Default
/// parameters: the relaxation factor of each row, and y_prev.
template <class Exec, class Scalar, kernels::Ode O>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, OdeTasks<O> const& tasks, engine::StageLimits const& limits) {
  if constexpr (!std::is_same_v<Scalar, double>) {
    // Measures of 1e-9 beside numbers of 1e4 have no meaning in single precision, and cost a compilation.
    throw InputError("solver.precision: an ODE's steps are solved in \"double\" alone");
  } else {
    using System = kernels::ImplicitEuler<O, double>;
    using Features = kernels::ProblemFeatures<kernels::OdeProblem<O>>;
    auto data = std::make_shared<OdeData>();
    data->rows = exec::Buffer<double>(exec, tasks.count * System::columns);
    data->features = exec::Buffer<double>(exec, tasks.count * Features::width);
    if (!exec.planning()) {
      std::int64_t const part = std::min<std::int64_t>(tasks.count, 65536);
      std::vector<double> host(static_cast<std::size_t>(part * System::columns));
      for (std::int64_t first = 0; first < tasks.count; first += part) {
        std::int64_t const here = std::min(part, tasks.count - first);
        tasks.fill(first, here, host.data());
        data->rows.upload(host.data(), here * System::columns, first * System::columns);
      }
      exec.launch(1, tasks.count, Features{System::of_rows(data->rows.data()), data->features.data()});
    }
    engine::TaskGroup<Scalar> group;
    group.count = tasks.count;
    group.features = {data->features.data(), Features::width, 1};
    group.default_parameters = {data->rows.data() + System::relaxation_at, System::columns, 1};
    auto const solver = ode_solver<O, double>(data->rows.data(), tasks.clamps);
    group.solver = std::make_unique<engine::SolveStageOn<Exec, OdeSolver<O, double>>>(exec, solver, limits);
    group.fuse = [&exec, solver](network::MetaNetworkShape const& shape, std::int64_t capacity) {
      return fuse<Exec, kernels::OdeProblem<O>>(exec, solver, solver.system.row, shape, capacity);
    };
    group.data = data;
    return group;
  }
}

}  // namespace metasolve::problems
