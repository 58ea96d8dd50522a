// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/dual.hpp"
#include "direction.hpp"
#include "lockstep_group.hpp"

namespace metasolve::kernels {

/// Scratch numbers per team for lockstep_tangent.
template <class S>
METASOLVE_HD int tangent_size(S const& solver) {
  return solver.task_size() + 2 * (solver.parameter_size() + workspace_size(solver)) + 4 * solver.state_size();
}

/// Solves slots as lockstep_solve does, and differentiates weight * loss along one direction v per task by forward
/// tangents of the iterations, without a tape: theta_bar = ((dloss/dtheta)' v) v. With one parameter and v = 1 that is
/// the gradient, as of lockstep_differentiate; with several a random v has the gradient as its mean
/// (docs/adjoints/forward.md). direction: direction.hpp; source(): the first position of the next group of
/// lanes_of<Number>, or -1.
template <class Number, TangentSolver S, class Direction, class T, class Source, int Stride>
METASOLVE_HD void lockstep_tangent(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                   Direction const& direction, T const& team, Source& source,
                                   LocalView<Number, Stride> scratch) {
  using scalar = typename S::scalar;
  using Duals = DualView<Number, 1, Stride>;
  int const parameters = solver.parameter_size(), states = solver.state_size();
  int const numbers = parameters + workspace_size(solver);
  auto const task = scratch;
  auto const theta = task.subview(solver.task_size());
  auto const theta_tangent = theta.subview(numbers);
  auto const first_state = theta_tangent.subview(numbers);
  Duals const dual_theta{theta, theta_tangent, numbers}, work = dual_theta.subview(parameters);
  Duals const state{first_state, first_state.subview(states), states};
  Duals const next{first_state.subview(2 * states), first_state.subview(3 * states), states};
  bool const surrogate = a.surrogate.kind == LossKind::surrogate;
  [[maybe_unused]] bool const by_solver = surrogate && a.prices.by_solver;

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const entries = direction.of(a.task(group.slot[l < group.occupied ? l : 0]));
      auto const along = theta_tangent.lane(l);
      for_each(team, numbers, [&](int i) { along[i] = scalar(i < parameters ? entries(i) : 0); });
    }
    team.sync();
    solver.start(team, task, dual_theta, work, state, AllLanes{});
    team.sync();
    Number slope(scalar(0));
    if constexpr (CostedSolver<S>) {
      if (by_solver) slope = solver.start_cost(team, task, dual_theta, work).tangent[0];
    }
    auto const run = run_group(a, team, group, PlainOrbit{solver, team, task, dual_theta, work}, state, next, surrogate,
                               [&](auto const& L, auto const& running, auto const& cost) {
                                 if (!surrogate) return;
                                 Number of_step =
                                     a.surrogate.term_derivative(L.value, group.tolerance, *a.gain) * L.tangent[0];
                                 if constexpr (CostedSolver<S>) {
                                   Number const term = a.surrogate.term(L.value, group.tolerance, *a.gain);
                                   if (by_solver) of_step = cost.value * of_step + cost.tangent[0] * term;
                                 }
                                 slope = select(running, slope + of_step, slope);
                               });
    if (!surrogate) slope = a.surrogate.last_derivative(run.measure.value) * run.measure.tangent[0];
    write_slopes(a, team, group, run, slope, theta_tangent, parameters);
  }
}

}  // namespace metasolve::kernels
