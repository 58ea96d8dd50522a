// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep.hpp"

namespace metasolve::kernels {

/// A solver of one positive parameter whose computed iterations are too sensitive to rounding for derivatives to mean
/// anything (docs/adjoints/iccg.md).
template <class S>
concept DifferenceSolver = Solver<S> && requires {
  requires S::allows_difference;
};

/// Numbers of near memory that lockstep_difference needs a team.
template <class S>
METASOLVE_HD int difference_size(S const& solver) {
  return solver.task_size() + 2 * theta_size(solver) + 2 * solver.state_size();
}

/// How a group of lanes went.
template <class Number>
struct GroupRun {
  Number count, loss, measure;
};

/// One group's iterations, from the start to where each lane stops; finished lanes are frozen. states: two.
template <class S, class T, class Number, int Stride>
METASOLVE_HD GroupRun<Number> run_group(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                        LaneGroup<Number> const& group, LocalView<Number, Stride> task,
                                        LocalView<Number, Stride> theta, LocalView<Number, Stride> states) {
  using scalar = typename S::scalar;
  auto state = states, next = states.from(solver.state_size());
  GroupRun<Number> run{Number(scalar(0)), Number(scalar(0)), Number(scalar(0))};
  bool const surrogate = a.surrogate.kind == LossKind::surrogate;
  solver.start(team, task, theta, state, AllLanes{});
  team.sync();
  for (std::int64_t k = 0;; ++k) {
    Number const L = run.measure = solver.measure(team, task, state);
    auto const running =
        L > group.tolerance && L < Number(infinity<scalar>()) && Number(scalar(static_cast<double>(k))) < group.limit;
    if (bits(running) == 0) break;
    if (surrogate) run.loss = select(running, run.loss + a.surrogate.term(L, group.tolerance, *a.gain), run.loss);
    run.count = select(running, run.count + Number(scalar(1)), run.count);
    solver.step(team, task, theta, state, next, running);
    team.sync();
    auto const swap = state;
    state = next;
    next = swap;
  }
  if (!surrogate) run.loss = a.surrogate.last(magnitude(run.measure));
  return run;
}

/// Where and how differences are taken.
template <class Scalar>
struct DifferenceSettings {
  Scalar step = Scalar(0.1);  ///< relative, up and down
  Scalar penalty =
      Scalar(500);  ///< gamma: a task that breaks down at theta costs -gamma log(theta) (paper, section 4.2)
};

/// Solves slots as lockstep_solve does and leaves in theta_bar the slope of weight * loss between theta (1 - step) and
/// theta (1 + step), failures and all: a gradient of the loss as it is computed, over a width at which rounding does
/// not show. Lanes go through one group of slots together. source(): the first position of the next group, or -1.
template <class Number, class S, class T, class Source, int Stride>
METASOLVE_HD void lockstep_difference(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                      DifferenceSettings<typename S::scalar> const& settings, T const& team,
                                      Source& source, LocalView<Number, Stride> near) {
  using scalar = typename S::scalar;
  scalar const step = settings.step;
  Number const zero(scalar(0));
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto const moved = theta.from(theta_size(solver));
  auto const states = moved.from(theta_size(solver));
  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, task, theta);
    auto const loss_at = [&](scalar factor) {
      if (team.rank() == 0) moved[0] = theta[0] * Number(factor);
      team.sync();
      auto const run = run_group(solver, a, team, group, task, moved, states);
      auto const fine = run.measure >= zero && run.measure < Number(infinity<scalar>());
      return select(fine, run.loss, zero - Number(settings.penalty) * logarithm(moved[0]));
    };
    Number const above = loss_at(scalar(1) + step), below = loss_at(scalar(1) - step);
    Number const slope = (above - below) / (Number(scalar(2) * step) * theta[0]);
    auto const itself = run_group(solver, a, team, group, task, theta, states);
    for (int l = 0; l < group.occupied && team.rank() == 0; ++l) {
      std::int64_t const s = group.slot[l];
      bool const broken = (group.usable >> l & 1u) == 0;
      Status const status = status_of(lane(itself.measure, l), lane(group.tolerance, l));
      bool const keep = !broken && status != Status::not_finite && status != Status::breakdown;
      scalar const found = a.weight * lane(slope, l);
      if (a.theta_bar) a.theta_bar(s, 0) = keep && is_finite(found) ? found : scalar(0);
      write_outcome(a, s, broken, static_cast<std::int32_t>(lane(itself.count, l)), lane(itself.measure, l),
                    lane(itself.loss, l));
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
