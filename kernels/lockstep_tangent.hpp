// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dual.hpp"
#include "lockstep.hpp"

namespace metasolve::kernels {

/// A solver of one parameter whose bodies also run on dual numbers while task_data holds plain ones (as those of a
/// LeastSquaresSolver do).
template <class S>
concept TangentSolver = Solver<S> && requires {
  requires S::prefers_tangent;
};

/// Numbers of near memory that lockstep_tangent needs a team.
template <class S>
METASOLVE_HD int tangent_size(S const& solver) {
  return solver.task_size() + 2 * theta_size(solver) + 4 * solver.state_size();
}

/// What lockstep_differentiate computes, for a solver of one parameter, by the tangent of the iterations on the way
/// forward: no tape. Lanes go through one group of slots together; finished lanes are frozen. source(): the first
/// position of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class T, class Source, int Stride>
METASOLVE_HD void lockstep_tangent(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                   Source& source, LocalView<Number, Stride> near) {
  using scalar = typename S::scalar;
  using Duals = DualView<Number, 1, Stride>;
  int const parameters = theta_size(solver), states = solver.state_size();
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto const theta_tangent = theta.from(parameters);
  auto const first_state = theta_tangent.from(parameters);
  Duals const dual_theta{theta, theta_tangent, parameters};
  Duals state{first_state, first_state.from(states), states};
  Duals next{first_state.from(2 * states), first_state.from(3 * states), states};
  Number const zero(scalar(0));

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    Number count = zero, loss = zero, measure = zero, gradient = zero;
    for_each(team, parameters, [&](int i) { theta_tangent[i] = Number(scalar(i == 0 ? 1 : 0)); });
    team.sync();
    solver.start(team, task, dual_theta, state, AllLanes{});
    team.sync();

    bool const surrogate = a.surrogate.kind == LossKind::surrogate;
    for (std::int64_t k = 0;; ++k) {
      auto const L = solver.measure(team, task, state);
      measure = L.value;
      auto const running = measure > group.tolerance && measure < Number(infinity<scalar>()) &&
                           Number(scalar(static_cast<double>(k))) < group.limit;
      if (bits(running) == 0) {
        // Each lane still holds its last state.
        if (!surrogate) gradient = a.surrogate.last_derivative(measure) * L.tangent[0];
        break;
      }
      if (surrogate) {
        loss = select(running, loss + a.surrogate.term(measure, group.tolerance, *a.gain), loss);
        Number const slope = a.surrogate.term_derivative(measure, group.tolerance, *a.gain);
        gradient = select(running, gradient + slope * L.tangent[0], gradient);
      }
      count = select(running, count + Number(scalar(1)), count);
      solver.step(team, task, dual_theta, state, next, running);
      team.sync();
      auto const swap = state;
      state = next;
      next = swap;
    }

    for (int l = 0; l < group.occupied && team.rank() == 0; ++l) {
      std::int64_t const s = group.slot[l];
      bool const broken = (group.usable >> l & 1u) == 0;
      Status const status = status_of(lane(measure, l), lane(group.tolerance, l));
      bool const keep = !broken && status != Status::not_finite && status != Status::breakdown;
      scalar const found = a.weight * lane(gradient, l);
      if (a.theta_bar) a.theta_bar(s, 0) = keep && is_finite(found) ? found : scalar(0);
      write_outcome(a, s, broken, static_cast<std::int32_t>(lane(count, l)), lane(measure, l), lane(loss, l));
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
