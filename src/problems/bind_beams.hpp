// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/conjugate_gradient.hpp"
#include "metasolve/error.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/problems/elasticity.hpp"

namespace metasolve::problems {

/// Beams in an executor's memory.
struct BeamData {
  std::unique_ptr<BeamStencilData> stencil;
  std::unique_ptr<CholeskyPlan> plan;
  exec::Buffer<double> beams, values, right, features, shift;
};

/// Assembles the beams and binds ICCG(alpha) to them. Default parameter: tasks.shift.
template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, BeamTasks const& tasks, engine::StageLimits const& limits) {
  if constexpr (!std::is_same_v<Scalar, double>) {
    throw InputError("solver.precision: ICCG solves in \"double\" alone");
  } else {
    using Solver = kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>;
    using Features = kernels::BeamFeatures<double>;
    auto data = std::make_shared<BeamData>();
    data->stencil = std::make_unique<BeamStencilData>(exec, *tasks.stencil);
    data->plan = std::make_unique<CholeskyPlan>(exec, tasks.stencil->structure, tasks.fill_rule);
    auto const stencil = data->stencil->view();
    std::int64_t const n = stencil.pattern.unknowns, size = stencil.pattern.values();
    data->beams = exec::Buffer<double>(exec, tasks.count * kernels::BeamColumns::count);
    data->values = exec::Buffer<double>(exec, tasks.count * size);
    data->right = exec::Buffer<double>(exec, tasks.count * n);
    data->features = exec::Buffer<double>(exec, tasks.count * Features::width);
    data->shift = exec::Buffer<double>(exec, 1);
    data->shift.upload(&tasks.shift, 1);
    if (!exec.planning()) {
      std::vector<double> beams(static_cast<std::size_t>(data->beams.size()));
      tasks.fill(0, tasks.count, beams.data());
      data->beams.upload(beams.data(), data->beams.size());
      exec.launch(tasks.count, kernels::assembled_columns(stencil),
                  kernels::AssembleBeams<double>{stencil, data->beams.data(), data->values.data(), data->right.data()});
      exec.launch(1, tasks.count,
                  Features{stencil.pattern, data->beams.data(), data->values.data(), data->features.data()});
    }
    Solver const solver{stencil.pattern,
                        {data->values.data(), size, 1},
                        {data->right.data(), n, 1},
                        data->plan->template view<double>()};
    engine::TaskGroup<Scalar> group;
    group.count = tasks.count;
    group.features = {data->features.data(), Features::width, 1};
    group.default_parameters = {data->shift.data(), 0, 1};
    group.solver = std::make_unique<engine::SolveStageOn<Exec, Solver>>(exec, solver, limits);
    group.data = data;
    return group;
  }
}

}  // namespace metasolve::problems
