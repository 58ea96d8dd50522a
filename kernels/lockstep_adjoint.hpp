// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep.hpp"
#include "tape.hpp"

namespace metasolve::kernels {

/// Numbers of near memory that lockstep_differentiate needs a team.
template <class S>
METASOLVE_HD int differentiate_size(S const& solver) {
  return solver.task_size() + 2 * theta_size(solver) + 4 * solver.state_size();
}

/// Solves slots as lockstep_solve does and leaves in theta_bar the gradient of weight * loss, by the adjoint of
/// the iterations in reverse: 4 to 6 of the data flow, with the tape never leaving the team.
///
/// state_bar_k = (dstate_{k+1}/dstate_k)' state_bar_{k+1} + (dloss/dL_k) (dL_k/dstate_k)'. The number of iterations
/// is held fixed, as in eq. (10). A task that broke down or did not stay finite, and a gradient that did not, count as
/// zero.
///
/// Lanes of a pack go through one group of slots together; finished lanes are frozen, so that what a lane computes
/// depends on its own task alone. source(): the first position of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class T, class Source, int NearStride, int FarStride>
METASOLVE_HD void lockstep_differentiate(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                         Source& source, LocalView<Number, NearStride> near,
                                         LocalView<Number, FarStride> far, int tape_slots) {
  using scalar = typename S::scalar;
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto const theta_bar = theta.from(theta_size(solver));
  auto const state_a = theta_bar.from(theta_size(solver));
  auto const state_b = state_a.from(solver.state_size());
  auto bar = state_b.from(solver.state_size());
  auto next_bar = bar.from(solver.state_size());

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    Number count(scalar(0)), loss(scalar(0)), measure(scalar(0));
    solver.start(team, task, theta, state_a, AllLanes{});
    team.sync();

    // Forward. A lane stops where lockstep_solve would stop it.
    Tape<Number, FarStride> tape(far, tape_slots, solver.state_size());
    auto state = state_a;
    auto next = state_b;
    std::int64_t k = 0;
    bool const wants_soft = a.surrogate.kind == LossKind::surrogate && a.surrogate.value == LossValue::soft;
    for (;; ++k) {
      Number const L = taped_measure(solver, team, task, state);
      tape.record(team, k, state, L);
      measure = L;  // of a frozen lane: the same value again
      auto const running =
          L > group.tolerance && L < Number(infinity<scalar>()) && Number(scalar(static_cast<double>(k))) < group.limit;
      if (bits(running) == 0) break;
      if (wants_soft) {
        loss = select(running, loss + a.surrogate.term(L, group.tolerance, *a.gain), loss);
      }
      count = select(running, count + Number(scalar(1)), count);
      taped_step(solver, team, task, theta, state, next, running);
      team.sync();
      auto const swap = state;
      state = next;
      next = swap;
    }

    // Reverse.
    for_each(team, solver.state_size(), [&](int i) { bar[i] = Number(scalar(0)); });
    for_each(team, theta_size(solver), [&](int i) { theta_bar[i] = Number(scalar(0)); });
    team.sync();
    auto const active_at = [&](std::int64_t j) { return Number(scalar(static_cast<double>(j))) < count; };
    for (;; --k) {
      Number const here(scalar(static_cast<double>(k)));
      tape.seek(solver, team, k, task, theta, state_a, state_b, active_at);
      auto const active = here < count;
      if (bits(active) != 0) {  // false at the last k alone
        solver.step_adjoint(team, task, theta, tape.state(), bar, next_bar, theta_bar, active);
        team.sync();
        auto const swap = bar;
        bar = next_bar;
        next_bar = swap;
      }
      Number const L = tape.measure();
      Number L_bar(scalar(0));
      if (a.surrogate.kind == LossKind::surrogate) {
        L_bar = select(active, a.surrogate.term_derivative(L, group.tolerance, *a.gain), L_bar);
      } else {
        L_bar = select(here == count, a.surrogate.last_derivative(L), L_bar);
      }
      solver.measure_adjoint(team, task, tape.state(), L, Number(a.weight) * L_bar, bar);
      team.sync();
      if (k == 0) break;
    }
    solver.start_adjoint(team, task, theta, bar, theta_bar);
    team.sync();

    for (int l = 0; l < group.occupied; ++l) {
      std::int64_t const s = group.slot[l];
      auto const gradient = theta_bar.lane(l);
      // A breakdown that is not converged either: the measure is negative there.
      Status const status = status_of(lane(measure, l), lane(group.tolerance, l));
      bool keep = (group.usable >> l & 1u) != 0 && status != Status::not_finite && status != Status::breakdown;
      for (int i = 0; i < solver.parameter_size(); ++i) keep = keep && is_finite(gradient[i]);
      if (a.theta_bar) {
        for_each(team, solver.parameter_size(), [&](int i) { a.theta_bar(s, i) = keep ? gradient[i] : scalar(0); });
      }
      if (team.rank() != 0) continue;
      write_outcome(a, s, (group.usable >> l & 1u) == 0, static_cast<std::int32_t>(lane(count, l)), lane(measure, l),
                    lane(loss, l));
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
