// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>

#include "../simd/number.hpp"
#include "../simd/team.hpp"
#include "../simd/view.hpp"
#include "status.hpp"

namespace metasolve::kernels {

/// The engine's requirements on an iterative solver (the paper's Phi with its iterative function phi, section 2.1).
///
/// A solver is a trivially copyable struct of sizes and views of the batch. Every member of a team calls all its
/// functions; they read and write local views only (except `load`), and neither allocate nor launch. Arguments: `task`
/// [task_size()] prepared by `load`; `theta` [parameter_size()]; `work` [workspace_size()]; states [state_size()];
/// `theta_bar` and `work_bar` as theta and work, initially 0. The caller syncs the team between two calls. Views hold
/// numbers: one task, or one task per lane.
///
///   bool load(team, int64 task, view<scalar> task_data)
///       copies and prepares the data of one task of the batch; false: breakdown. Always scalar, also in a lane.
///   void start(team, task_data, theta, work, state, fresh)             state_0 in the lanes of the mask `fresh`; the
///       others keep theirs
///   Number measure(team, task_data, state)                             L_k >= 0, the same on each member; -L_k if
///                                                                      no step is possible from there: breakdown
///   void step(team, task_data, theta, work, state, next, active)       state_{k+1}; next = state where not active
///   void start_adjoint(team, task_data, theta, work, state_bar, theta_bar, work_bar)
///       theta_bar += (dstate_0/dtheta)' state_bar, and (dwork/dtheta)' work_bar
///   void measure_adjoint(team, task_data, state, L, L_bar, state_bar)  state_bar += (dL/dstate)' L_bar, in lanes
///                                                                      where L_bar is not 0
///   void step_adjoint(team, task_data, theta, work, state, next_bar, state_bar, theta_bar, work_bar, active)
///       state_bar = (dnext/dstate)' next_bar; theta_bar += (dnext/dtheta)' next_bar, work_bar += (dnext/dwork)'
///       next_bar; all 0 where not active
/// A solver may have int workspace_size(); else `work` is empty. `start` stores there what its steps read, such as a
/// factorisation, possibly in all lanes: the same task and parameters give the same bits. The rest of work and work_bar
/// may be used as scratch; a solver whose work_bar needs other numbers than work has int workspace_bar_size(). A solver
/// whose solution is not its state has int solution_size() and write_solution(team,
/// task_data, state, BatchView<scalar> solution, slot), of one lane: the user's result in place of its state. A
/// ForwardSolver has all but the adjoints: it can be used for solving, and for training if it is a DualSolver. With
/// static constexpr bool keeps_vectors_alone = true its task_size() is at most twice its state_size() and some numbers,
/// its parameter_size() at most its state_size(), and its work empty: memory placements that a device then does not
/// need are not compiled.
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

/// A solver whose measure is not final: a task that reaches the tolerance by it is confirmed before it counts as
/// converged (LockstepArguments::confirms).
///   Number confirm(team, task_data, theta, work, state, where)
///       of the lanes in the mask `where`, whose measure is at or below their tolerance: the true measure L of the
///       state; it may change the state of these lanes, and then returns the measure of the new state: `measure` of
///       that is the same number. At or below the tolerance: converged. Above: the task continues from there, and ends
///       as Status::stagnated if a later confirmation does not at least halve it. Negative: breakdown, whatever
///       the tolerance; infinite or NaN: not finite. A lane's result depends on that lane alone.
/// It may have
///   void resume(team, task_data, theta, work, state, where)
///       of lanes that continue after a confirmation: sets what their next step reads. `measure` stays as it is.
/// With static constexpr double confirm_margin such lanes are confirmed again slightly below their tolerance, to leave
/// room for rounding (confirm_share), at that share of it at least. With static constexpr bool confirms_at_limit = true
/// lanes at their iteration limit are confirmed too, whatever their measure: the reported measure is then true there
/// too.
template <class S>
concept ConfirmingSolver = ForwardSolver<S> &&
    requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v, bool active) {
  { s.confirm(team, v, v, v, v, active) } -> std::convertible_to<typename S::scalar>;
};

/// A solver that may prove that a task has no solution: its measure is negative from then on.
///   Status certified(state)   of one lane, whose measure is negative: what is proven, or breakdown. The state then
///                             holds the proof, and is written as the solution.
template <class S>
concept CertifyingSolver = ForwardSolver<S> && requires(S const s, LocalView<typename S::scalar> v) {
  { s.certified(v) } -> std::same_as<Status>;
};

/// A solver with one member per task, whose system has bounds: a root outside them does not count as converged. The
/// task is led back inside once, and breaks down if it reaches a root outside again. Bits: one per lane.
///   unsigned outside(state)
///   unsigned is_solved_within(task_data, state, tolerance)   clamped to the bounds, the state still solves the system
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

/// Numbers of work_bar.
template <class S>
METASOLVE_HD int workspace_bar_size(S const& solver) {
  if constexpr (requires { solver.workspace_bar_size(); }) {
    return solver.workspace_bar_size();
  } else {
    return workspace_size(solver);
  }
}

/// A solver with one member per task, whatever the number of unknowns.
template <class S>
concept SoloSolver = ForwardSolver<S> && requires {
  requires S::is_solo;
};

/// A solver that uses many members at any size: teams have at least a warp.
template <class S>
concept WideSolver = ForwardSolver<S> && requires {
  requires S::is_wide;
};

/// A solver with one task per team, whose number is a scalar on every executor: its tasks are large, and its loops over
/// a task's numbers fill a CPU's vectors. On a device a team is a block.
template <class S>
concept ScalarSolver = ForwardSolver<S> && requires {
  requires S::is_scalar;
};

/// A solver with few constant sizes and no workspace: it iterates in registers.
template <class S>
concept RegisterSolver = SoloSolver<S> && !WorkspaceSolver<S> && requires {
  requires S::task_size()
  +S::parameter_size() + S::state_size() <= 32;
};

/// A solver whose start, measure and step are written for the number type of their states and parameters, which may be
/// a dual number (simd/dual.hpp) while task_data holds plain ones. It has gradients along a direction (solver.gradient
/// = "forward", lockstep_tangent.hpp), also without adjoints. It says so by static constexpr bool takes_dual_numbers =
/// true.
template <class S>
concept DualSolver = ForwardSolver<S> && requires {
  requires S::takes_dual_numbers;
};

/// A solver whose measure is the 2-norm of a residual vector, L_k = ||r(state_k)||: J'J of r then gives a positive
/// semidefinite curvature of any increasing function of L_k^2 (gauss_newton.hpp). Its residual is written for the
/// number type of its arguments, which may be a dual number while task_data holds plain ones; so are start and step. It
/// has no workspace.
///   int residual_size()
///   void residual(team, task_data, state, r)      r [residual_size()]
template <class S>
concept LeastSquaresSolver =
    Solver<S> && !WorkspaceSolver<S> && requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v) {
  { s.residual_size() } -> std::convertible_to<int>;
  s.residual(team, v, v, v);
};

}  // namespace metasolve::kernels
