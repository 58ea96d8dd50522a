// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_arguments.hpp"

/// The derivative of a loss with respect to a solver's single parameter by finite differences of the computed loss,
/// including failures, with a step at which rounding is negligible (docs/adjoints/iccg.md). The three solves of n slots
/// form one run of 3 n slots, so that lanes seldom idle: slots 0 to n - 1 are the tasks themselves, in the order in
/// which the n slots are grouped, the next n those at theta (1 - step), the last those at theta (1 + step). A parameter
/// with an upper bound is moved by the step times its distance from the nearer bound, so that it stays within.
namespace metasolve::kernels {

template <class Scalar>
struct DifferenceSettings {
  Scalar step = Scalar(0.2);  ///< relative, in both directions
  /// gamma: a task that breaks down at theta costs -gamma log(theta) (paper, section 4.2)
  Scalar penalty = Scalar(500);
  /// The parameter lies between 0 and this. Finite: a task that breaks down at one of its three values has slope 0, as
  /// no direction is known to be safe.
  Scalar below = infinity<Scalar>();

  /// What the step is relative to.
  METASOLVE_HD Scalar reach(Scalar theta) const { return theta <= below - theta ? theta : below - theta; }
};

/// Arrays read and written by the run of 3 n slots, [3 n] each.
template <class Scalar>
struct TripledRun {
  Scalar *parameter, *tolerance, *loss, *measure;
  std::int32_t *task, *max_iterations, *status, *iterations;
};

/// Inputs of the run, over [3][n].
template <class Scalar>
struct TripleTasks {
  using scalar = Scalar;
  static constexpr auto name = "triple_tasks";
  LockstepArguments<Scalar> arguments;  ///< for the n slots
  DifferenceSettings<Scalar> settings;
  TripledRun<Scalar> to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t third, std::int64_t column) const {
    auto const& a = arguments;
    Scalar const sign = third == 0 ? Scalar(0) : third == 1 ? Scalar(-1) : Scalar(1);
    Scalar const factor = Scalar(1) + sign * settings.step;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const slot = a.slot(column + l), at = third * a.slots + column + l;
      Scalar const theta = a.theta(slot, 0), reach = settings.reach(theta);
      to.parameter[at] = reach < theta ? theta + sign * settings.step * reach : factor * theta;
      to.tolerance[at] = a.tolerance[slot];
      to.max_iterations[at] = a.max_iterations[slot];
      to.task[at] = static_cast<std::int32_t>(a.task(slot));
    }
  }
};

/// Results of the n slots and theta_bar: weight times the slope, 0 if the task itself broke down or became not finite.
/// Over [1][n].
template <class Scalar>
struct DifferenceSlopes {
  using scalar = Scalar;
  static constexpr auto name = "difference_slopes";
  LockstepArguments<Scalar> arguments;  ///< for the n slots
  DifferenceSettings<Scalar> settings;
  TripledRun<Scalar> from;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) finish(column + l, arguments.slot(column + l));
  }

 private:
  METASOLVE_HD Scalar exact(std::int64_t at, std::int64_t slot) const {
    auto const& prices = arguments.prices;
    bool const is_solved = from.status[at] == static_cast<std::int32_t>(Status::converged);
    return prices.start + prices.step * Scalar(from.iterations[at]) +
           (is_solved ? Scalar(0) : prices.unsolved * Scalar(arguments.max_iterations[slot]));
  }
  METASOLVE_HD void finish(std::int64_t at, std::int64_t slot) const {
    auto const& a = arguments;
    if (a.status) a.status[slot] = from.status[at];
    if (a.iterations) a.iterations[slot] = from.iterations[at];
    if (a.measure) a.measure[slot] = from.measure[at];
    bool const counts = a.surrogate.kind == LossKind::surrogate && a.surrogate.value == LossValue::count;
    if (a.loss) a.loss[slot] = counts ? exact(at, slot) : from.loss[at];
    if (!a.theta_bar) return;
    Scalar const theta = from.parameter[at];
    Scalar const rise = loss_at(2 * a.slots + at) - loss_at(a.slots + at);
    Scalar const slope = a.weight * rise / (Scalar(2) * settings.step * settings.reach(theta));
    a.theta_bar(slot, 0) = stands(at) && is_finite(slope) ? slope : Scalar(0);
  }
  METASOLVE_HD bool stands(std::int64_t at) const { return !is_failure(static_cast<Status>(from.status[at])); }
  METASOLVE_HD Scalar loss_at(std::int64_t at) const {
    if (!stands(at) && is_finite(settings.below)) return infinity<Scalar>();  // an infinite slope counts as 0
    return stands(at) ? from.loss[at] : -(arguments.prices.step * settings.penalty * log(from.parameter[at]));
  }
};

}  // namespace metasolve::kernels
