// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/solve_stage.hpp"
#include "src/problems/any_tasks.hpp"

/// Tasks of the problems that the library knows, put into an executor's memory and bound to their solvers. Compiled a
/// problem and an executor at a time (instantiate_*), since solver bodies are what takes a compiler long.
namespace metasolve::problems {

template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, PoissonTasks const& tasks, engine::StageLimits const& limits);
template <class Exec, class Scalar, kernels::Ode O>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, OdeTasks<O> const& tasks, engine::StageLimits const& limits);
template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, BeamTasks const& tasks, engine::StageLimits const& limits);
template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, SpdTasks const& tasks, engine::StageLimits const& limits);

}  // namespace metasolve::problems

/// In a file that includes the definition: for both precisions.
#define METASOLVE_INSTANTIATE_BIND_TASKS(Exec, Tasks)                                                           \
  template engine::TaskGroup<double> bind_tasks<Exec, double>(Exec&, Tasks const&, engine::StageLimits const&); \
  template engine::TaskGroup<float> bind_tasks<Exec, float>(Exec&, Tasks const&, engine::StageLimits const&)
