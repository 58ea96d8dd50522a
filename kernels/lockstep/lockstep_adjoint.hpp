// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "adjoint_work.hpp"
#include "lockstep_group.hpp"
#include "tape.hpp"

namespace metasolve::kernels {

/// Iteration of a group that records its states on a tape.
template <class S, class T, class Task, class Theta, class Work, class TapeType>
struct TapedOrbit {
  S const& solver;
  T const& team;
  Task task;
  Theta theta;
  Work work;
  TapeType& tape;
  std::int32_t last = 0;  ///< k of the last measure

  template <class State>
  METASOLVE_HD auto measure(std::int32_t k, State state) {
    auto const L = taped_measure(solver, team, task, state);
    tape.record(team, k, state, L);
    last = k;
    return L;
  }
  template <class State, class Mask>
  METASOLVE_HD void step(State state, State next, Mask running) const {
    taped_step(solver, team, task, theta, work, state, next, running);
  }
  METASOLVE_HD auto start_cost() const { return start_cost_of(solver, team, task, theta, work); }
  template <class State>
  METASOLVE_HD auto step_cost(State state) const {
    return step_cost_of(solver, team, task, theta, work, state);
  }
};

/// Scratch numbers per team for lockstep_differentiate.
template <class S>
METASOLVE_HD int differentiate_size(S const& solver) {
  return solver.task_size() + 2 * solver.parameter_size() + workspace_size(solver) + workspace_bar_size(solver) +
         4 * solver.state_size();
}

/// Solves slots as lockstep_solve does and writes the gradient of weight * loss to theta_bar, by the adjoint of the
/// iterations in reverse: 4 to 6 of the data flow, with the tape never leaving the team.
///
/// state_bar_k = (dstate_{k+1}/dstate_k)' state_bar_{k+1} + (dloss/dL_k) (dL_k/dstate_k)'. The number of iterations is
/// held fixed, as in eq. (10). A task that broke down or became not finite, and a gradient that is not finite,
/// contribute zero.
///
/// Lanes of a pack process one group of slots together; finished lanes are frozen, so that a lane's results depend on
/// its own task alone. source(): the first position of the next group of lanes_of<Number>, or -1.
template <class Number, class S, class T, class Source, int ScratchStride, int GlobalStride>
METASOLVE_HD void lockstep_differentiate(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                         Source& source, LocalView<Number, ScratchStride> scratch,
                                         LocalView<Number, GlobalStride> global, int tape_slots) {
  using scalar = typename S::scalar;
  AdjointWork<Number, S, T, LocalView<Number, ScratchStride>> work(solver, scratch);
  auto const task = work.task();
  auto const theta = work.theta();
  auto const theta_bar = work.theta_bar();
  auto const workspace = work.workspace(), workspace_bar = work.workspace_bar();
  auto const state_a = work.state(), state_b = work.next();
  bool const is_surrogate = a.surrogate.kind == LossKind::surrogate;
  scalar const gain = is_surrogate ? *a.gain : scalar(1), weight = a.slope_weight();

  for (std::int64_t first = source(); first >= 0; first = source()) {
    auto const group = load_group<Number>(solver, a, team, first, work.scratch_task(), work.scratch_theta());
    work.load();
    solver.start(team, task, theta, workspace, state_a, AllLanes{});
    team.sync();

    // Forward.
    using TapeType = Tape<Number, GlobalStride>;
    TapeType tape(global, tape_slots, solver.state_size());
    TapedOrbit<S, T, decltype(work.task()), decltype(work.theta()), decltype(work.workspace()), TapeType> orbit{
        solver, team, task, theta, workspace, tape};
    bool const sums_loss = is_surrogate && a.surrogate.value == LossValue::soft;
    auto const run =
        run_group(a, team, group, orbit, state_a, state_b, sums_loss, [](auto const&, auto const&, auto const&) {});
    Number const count = run.count;

    // Reverse.
    auto bar = work.bar(), next_bar = work.next_bar();
    for_each(team, solver.state_size(), [&](int i) { bar[i] = Number(scalar(0)); });
    for_each(team, solver.parameter_size(), [&](int i) { theta_bar[i] = Number(scalar(0)); });
    for_each(team, workspace_bar_size(solver), [&](int i) { workspace_bar[i] = Number(scalar(0)); });
    team.sync();
    auto const active_at = [&](std::int64_t j) {
      if constexpr (adjoint_in_registers<S, T>) {
        return j < orbit.last;
      } else {
        return Number(scalar(static_cast<double>(j))) < count;
      }
    };
    auto const seek = [&](std::int32_t k) {
      tape.seek(solver, team, k, task, theta, workspace, state_a, state_b, active_at);
    };
    work.begin_reverse(run.measure);
    for (std::int32_t k = orbit.last;; --k) {
      work.visit(tape, seek, k);
      auto const state = work.visited(tape);
      Number const L = work.measure(tape);
      auto const active = active_at(k);
      if (bits(active) != 0) {  // false only at the last k
        solver.step_adjoint(team, task, theta, workspace, state, bar, next_bar, theta_bar, workspace_bar, active);
        team.sync();
        advance(bar, next_bar);
      }
      Number L_bar(scalar(0));
      if (is_surrogate) {
        L_bar = select(active, a.surrogate.term_derivative(L, group.tolerance, gain), L_bar);
        if constexpr (CostedSolver<S>) {
          if (a.prices.by_solver) {
            Number const zero(scalar(0)), share(weight);
            L_bar = select(active, L_bar * solver.step_cost(team, task, theta, workspace, state), zero);
            Number const cost_bar = select(active, share * a.surrogate.term(L, group.tolerance, gain), zero);
            solver.step_cost_adjoint(team, task, theta, workspace, state, cost_bar, bar, theta_bar, workspace_bar);
            team.sync();
          }
        }
      } else {
        L_bar = select(Number(scalar(static_cast<double>(k))) == count, a.surrogate.last_derivative(L), L_bar);
      }
      solver.measure_adjoint(team, task, state, L, Number(weight) * L_bar, bar);
      team.sync();
      if (k == 0) break;
    }
    if constexpr (CostedSolver<S>) {
      if (is_surrogate && a.prices.by_solver) {
        solver.start_cost_adjoint(team, task, theta, workspace, Number(weight), theta_bar, workspace_bar);
        team.sync();
      }
    }
    solver.start_adjoint(team, task, theta, workspace, bar, theta_bar, workspace_bar);
    team.sync();

    for (int l = 0; l < group.occupied; ++l) {
      std::int64_t const s = group.slot[l];
      auto const gradient = theta_bar.lane(l);
      bool keep = run.has_gradient(group, l);
      for (int i = 0; i < solver.parameter_size(); ++i) keep = keep && is_finite(gradient[i]);
      if (a.theta_bar) {
        for_each(team, solver.parameter_size(), [&](int i) { a.theta_bar(s, i) = keep ? gradient[i] : scalar(0); });
      }
      if (team.rank() == 0) run.write(a, group, l);
    }
    team.sync();
  }
}

}  // namespace metasolve::kernels
