// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

/// The loss of work: the paper's loss (eq. 10) with prices. A task costs
///   W(theta) = start + step (s(theta) + sum_k c(theta, state_k) sigmoid_a(L_k - eps)),
/// where `start` and `step` are what its set-up and an iteration cost (Prices), and s and c what a solver says of its
/// own, in units of `step` (CostedSolver); of all others s = 0 and c = 1. With start = 0 and step = 1 it is then the
/// paper's loss, to the bit. Derivation of the gradient: docs/adjoints/work.md.
namespace metasolve::kernels {

/// What a task's set-up and each of its iterations cost, in one unit.
template <class Scalar>
struct Prices {
  Scalar start = Scalar(0);
  Scalar step = Scalar(1);
  /// Added for each iteration of the limit if a task is not solved: where iterations of another method cost more,
  /// giving up must not be cheaper than solving.
  Scalar unsolved = Scalar(0);
  bool by_solver = false;  ///< the costs that a CostedSolver states count; else its s is 0 and its c is 1
};

/// A solver whose parameters change what its set-up or an iteration costs. Costs are at least 0, and the same on each
/// member; they are written for the number type of theta and state, which may be a dual number.
///   Number start_cost(team, task_data, theta, work)            s of the start just made
///   Number step_cost(team, task_data, theta, work, state)      c of the step from `state`
///   void start_cost_adjoint(team, task_data, theta, work, cost_bar, theta_bar, work_bar)
///   void step_cost_adjoint(team, task_data, theta, work, state, cost_bar, state_bar, theta_bar, work_bar)
///       add (dcost/dtheta)' cost_bar to theta_bar, and likewise to work_bar and state_bar; cost_bar is 0 in lanes that
///       have stopped. Not needed by a ForwardSolver.
template <class S>
concept CostedSolver = ForwardSolver<S> && requires(S const s, SoloTeam const team, LocalView<typename S::scalar> v) {
  { s.start_cost(team, v, v, v) } -> std::convertible_to<typename S::scalar>;
  { s.step_cost(team, v, v, v, v) } -> std::convertible_to<typename S::scalar>;
};

/// s or c of a solver that is no CostedSolver.
struct UnitCost {};

template <class S, class T, class Task, class Theta, class Work>
METASOLVE_HD auto start_cost_of(S const& solver, T const& team, Task task, Theta theta, Work work) {
  if constexpr (CostedSolver<S>) {
    return solver.start_cost(team, task, theta, work);
  } else {
    return UnitCost{};
  }
}
template <class S, class T, class Task, class Theta, class Work, class State>
METASOLVE_HD auto step_cost_of(S const& solver, T const& team, Task task, Theta theta, Work work, State state) {
  if constexpr (CostedSolver<S>) {
    return solver.step_cost(team, task, theta, work, state);
  } else {
    return UnitCost{};
  }
}

/// What one task has spent, in units of Prices::step.
template <class Scalar>
struct TaskSpent {
  Scalar sum;                ///< of c_k times the surrogate's terms
  bool is_costed = false;    ///< whether the following, of a CostedSolver, are set
  Scalar start = Scalar(0);  ///< s
  Scalar steps = Scalar(0);  ///< the sum of c_k over the iterations made
  Scalar last = Scalar(1);   ///< c of the last one

  /// Of a task that has made this many iterations; of one that has failed, as if it had made them to its limit.
  METASOLVE_HD Scalar exact(std::int32_t iterations, bool failed) const {
    if (!is_costed) return Scalar(iterations);
    return start + (failed ? Scalar(iterations) * last : steps);
  }
};

/// The same of each lane's task.
template <class Number, bool Costed>
struct Spent {
  using scalar = scalar_of<Number>;
  Number sum{scalar(0)};

  template <class Mask>
  METASOLVE_HD void begin(UnitCost, Mask) {}
  /// After a lane has taken a new task.
  METASOLVE_HD void clear(int l) { set_lane(sum, l, scalar(0)); }
  /// An iteration of the lanes of the mask. term(): of the surrogate.
  template <class Mask, class Term>
  METASOLVE_HD void add(UnitCost, bool sums_loss, Mask where, Term&& term) {
    if (sums_loss) sum = select(where, sum + term(), sum);
  }
  METASOLVE_HD TaskSpent<scalar> of(int l, bool) const { return {lane(sum, l)}; }
};
template <class Number>
struct Spent<Number, true> {
  using scalar = scalar_of<Number>;
  Number sum{scalar(0)}, plain{scalar(0)}, start{scalar(0)}, steps{scalar(0)}, last{scalar(1)};

  template <class Cost, class Mask>
  METASOLVE_HD void begin(Cost const& cost, Mask fresh) {
    start = select(fresh, value_of(cost), start);
  }
  METASOLVE_HD void clear(int l) {
    for (auto* of_lanes : {&sum, &plain, &steps}) set_lane(*of_lanes, l, scalar(0));
    set_lane(last, l, scalar(1));
  }
  template <class Cost, class Mask, class Term>
  METASOLVE_HD void add(Cost const& cost, bool sums_loss, Mask where, Term&& term) {
    Number const c = value_of(cost);
    last = select(where, c, last);
    steps = select(where, steps + c, steps);
    if (!sums_loss) return;
    Number const of_step = term();
    sum = select(where, sum + c * of_step, sum);
    plain = select(where, plain + of_step, plain);
  }
  METASOLVE_HD TaskSpent<scalar> of(int l, bool by_solver) const {
    if (!by_solver) return {lane(plain, l)};
    return {lane(sum, l), true, lane(start, l), lane(steps, l), lane(last, l)};
  }
};

}  // namespace metasolve::kernels
