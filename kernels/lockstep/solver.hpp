// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"
#include "../simd/team.hpp"
#include "../simd/view.hpp"
#include "status.hpp"

namespace metasolve::kernels {

/// What the engine asks of an iterative solver (the paper's Phi with its iterative function phi, section 2.1).
///
/// A solver is a trivially copyable struct of sizes and views of the batch. All its functions are called by every
/// member of a team; they read and write local views only (but for `load`), and neither allocate nor launch.
/// Arguments: `task` [task_size()] what `load` made; `theta` [parameter_size()]; `work` [workspace_size()]; states
/// [state_size()]; `theta_bar` and `work_bar` as theta and work, 0 at first. The caller syncs the team between two
/// calls. Views hold numbers: one task, or one task a lane.
///
///   bool load(team, int64 task, view<scalar> task_data)
///       copies and prepares the data of one task of the batch; false: breakdown. Always scalar, also in a lane.
///   void start(team, task_data, theta, work, state, fresh)             state_0 in the lanes of the mask `fresh`; the
///       others keep theirs
///   Number measure(team, task_data, state)                             L_k >= 0, the same on each member; -L_k where
///                                                                      no step can be made from there: breakdown
///   void step(team, task_data, theta, work, state, next, active)       state_{k+1}; next = state where not active
///   void start_adjoint(team, task_data, theta, work, state_bar, theta_bar, work_bar)
///       theta_bar += (dstate_0/dtheta)' state_bar, and (dwork/dtheta)' work_bar
///   void measure_adjoint(team, task_data, state, L, L_bar, state_bar)  state_bar += (dL/dstate)' L_bar, in lanes
///                                                                      where L_bar is not 0
///   void step_adjoint(team, task_data, theta, work, state, next_bar, state_bar, theta_bar, work_bar, active)
///       state_bar = (dnext/dstate)' next_bar; theta_bar += (dnext/dtheta)' next_bar, work_bar += (dnext/dwork)'
///       next_bar; all 0 where not active
/// A solver may have int workspace_size(); else `work` is empty. `start` puts there what its steps read, such as a
/// factorisation, and may do so in all lanes: from the same task and parameters come the same bits. Anyone may use the
/// rest of work, and of work_bar, as scratch.
/// A solver may have write_solution(team, task_data, state, BatchView<scalar> solution, slot), of one lane: what it has
/// for its user in the place of its state. A ForwardSolver has all but the adjoints: it can be solved with, not learned
/// through.
/// With static constexpr bool keeps_vectors_alone = true its task_size() is at most twice its state_size() and some
/// numbers, its parameter_size() at most its state_size(), and its work empty: what a device need not have room for
/// elsewhere is not compiled for it.
template <class S>
concept ForwardSolver = requires(S const s, SoloTeam const team, std::int64_t task, LocalView<typename S::scalar> v,
                                 bool active) {
  typename S::scalar;
  { s.task_size() } -> std::convertible_to<int>;
  { s.state_size() } -> std::convertible_to<int>;
  { s.parameter_size() } -> std::convertible_to<int>;
  { s.load(team, task, v) } -> std::convertible_to<bool>;
  s.start(team, v, v, v, v, active);
  { s.measure(team, v, v) } -> std::convertible_to<typename S::scalar>;
  s.step(team, v, v, v, v, v, active);
};

template <class S>
concept Solver = ForwardSolver<S> &&
    requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v, typename S::scalar x, bool active) {
  s.start_adjoint(team, v, v, v, v, v, v);
  s.measure_adjoint(team, v, v, x, x, v);
  s.step_adjoint(team, v, v, v, v, v, v, v, v, active);
};

/// A solver whose measure is not the last word: what has come down to the tolerance by it is looked at once more before
/// it counts as converged (LockstepArguments::confirms).
///   Number confirm(team, task_data, theta, work, state, where)
///       of the lanes in the mask `where`, whose measure is at or under their tolerance: the true measure L of the
///       state; it may change the state of these lanes, and is then the measure of what it leaves: `measure` of that is
///       the same number. At or under the tolerance: converged. Above: the task goes on from there, and ends as
///       Status::stagnated when a later confirmation does not bring less than half of it. Negative: breakdown, whatever
///       the tolerance; infinite or NaN: not finite. What a lane gets depends on that lane alone.
/// It may have
///   void resume(team, task_data, theta, work, state, where)
///       of lanes that go on after a confirmation: what their next step reads. `measure` stays as it is.
/// With static constexpr double confirm_margin such lanes are confirmed again a little below their tolerance, to leave
/// room for what rounding adds (confirm_share), at that share of it at least. With static constexpr bool
/// confirms_at_limit = true also of lanes at their iteration limit, whatever their measure: the measure that is
/// reported is then true there too.
template <class S>
concept ConfirmingSolver = ForwardSolver<S> &&
    requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v, bool active) {
  { s.confirm(team, v, v, v, v, active) } -> std::convertible_to<typename S::scalar>;
};

/// A solver one member of which works on a task, and whose system has bounds: what converges outside of them has not
/// converged. It is led back within once, and breaks down where it comes to a root outside again. Bits: a lane each.
///   unsigned outside(state)
///   unsigned is_solved_within(task_data, state, tolerance)   brought to the bounds, the state solves the system still
///   unsigned is_far_outside(task_data, state)                by more than rounding and the task itself account for
///   void lead_back(theta, state, where)                      a state within, for the lanes in the mask `where`; it may
///                                                            change their theta for the iterations to come
template <class S>
concept BoundedSolver = ForwardSolver<S> &&
    requires(S const s, LocalView<typename S::scalar> v, typename S::scalar x, bool where) {
  { s.outside(v) } -> std::convertible_to<unsigned>;
  { s.is_solved_within(v, v, x) } -> std::convertible_to<unsigned>;
  { s.is_far_outside(v, v) } -> std::convertible_to<unsigned>;
  s.lead_back(v, v, where);
};

/// A solver whose `work` is not empty.
template <class S>
concept WorkspaceSolver = requires(S const s) {
  { s.workspace_size() } -> std::convertible_to<int>;
};
template <class S>
METASOLVE_HD int workspace_size(S const& solver) {
  if constexpr (WorkspaceSolver<S>) {
    return solver.workspace_size();
  } else {
    return 0;
  }
}

/// A solver on whose task one member works, whatever the number of unknowns.
template <class S>
concept SoloSolver = ForwardSolver<S> && requires {
  requires S::is_solo;
};

/// A solver with work for many members at any size: teams are a warp at least.
template <class S>
concept WideSolver = ForwardSolver<S> && requires {
  requires S::is_wide;
};

/// One whose sizes are constants and few besides, without a workspace: it iterates in registers.
template <class S>
concept RegisterSolver = SoloSolver<S> && !WorkspaceSolver<S> && requires {
  requires S::task_size()
  +S::parameter_size() + S::state_size() <= 32;
};

/// A solver whose measure is the 2-norm of a residual vector, L_k = ||r(state_k)||: then J'J of r is a curvature of any
/// increasing function of L_k^2 that is never negative (gauss_newton.hpp). Its residual is written on the number that
/// its arguments hold, which may be a dual number while task_data holds plain ones; so must start and step be. It has
/// no workspace.
///   int residual_size()
///   void residual(team, task_data, state, r)      r [residual_size()]
template <class S>
concept LeastSquaresSolver =
    Solver<S> && !WorkspaceSolver<S> && requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v) {
  { s.residual_size() } -> std::convertible_to<int>;
  s.residual(team, v, v, v);
};

}  // namespace metasolve::kernels
