// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "price.hpp"
#include "surrogate.hpp"

namespace metasolve::kernels {

/// Inputs and outputs of a lockstep run. A slot is a task's position in the call; every array is indexed by slot and
/// accessible to the launch. Null outputs are not written.
template <class Scalar>
struct LockstepArguments {
  std::int64_t slots = 0;
  std::int32_t const* task_of_slot = nullptr;  ///< [slots] index into the solver's batch; null: from first_task on
  std::int64_t first_task = 0;
  std::int32_t const* slot_order = nullptr;  ///< [slots] order in which slots are grouped; null: ascending
  BatchView<Scalar const> theta;             ///< [slots][parameters]; null data: zeros, or an attempt's constants
  PerTask<Scalar> tolerance;                 ///< eps
  PerTask<std::int32_t> max_iterations;      ///< m
  Surrogate<Scalar> surrogate;
  Prices<Scalar> prices;         ///< of the surrogate's loss; kind measure has none
  Scalar const* gain = nullptr;  ///< a; a single value; needed with loss or theta_bar

  std::int32_t* status = nullptr;
  std::int32_t* iterations = nullptr;
  Scalar* measure = nullptr;  ///< at the last state
  Scalar* loss = nullptr;     ///< value of the surrogate
  Scalar* work = nullptr;     ///< what the task cost, by prices: exactly, where the surrogate's sum is soft
  /// [slots][state_size]: the last state (or Solver::write_solution); unchanged for a task that broke down or became
  /// not finite.
  BatchView<Scalar> solution;
  BatchView<Scalar> history;    ///< [slots][max_iterations + 1]: L_0 ... L_K; entries after K are untouched
  BatchView<Scalar> theta_bar;  ///< [slots][parameters]: gradient of weight * loss (lockstep_adjoint.hpp)
  Scalar weight = Scalar(1);

  /// m, if smaller than `max_iterations`, for tasks solved with predicted parameters. Tasks of Origin::replaced have
  /// only this attempt, so it does not apply. origin [slots]: null if none is replaced.
  std::int32_t attempt_max_iterations = std::numeric_limits<std::int32_t>::max();
  /// [slots] likewise, of each task that is solved with proposed parameters; null: none. Below 0: the task is solved
  /// with the caller's parameters instead (Origin::constant).
  std::int32_t const* attempt_limits = nullptr;
  Origin const* origin = nullptr;
  bool adds_iterations = false;  ///< adds to the iterations of an earlier attempt
  bool only_converged = false;   ///< writes solutions only of converged tasks
  /// Tasks of Origin::chosen that do not converge are solved again: this attempt's result is not their solution.
  bool is_retried = false;
  /// Apparent convergence is confirmed, if the solver supports it (ConfirmingSolver). Not when lanes are recorded.
  bool confirms = false;

  METASOLVE_HD std::int64_t slot(std::int64_t position) const {
    return slot_order != nullptr ? slot_order[position] : position;
  }
  METASOLVE_HD std::int64_t task(std::int64_t slot) const {
    return task_of_slot != nullptr ? task_of_slot[slot] : first_task + slot;
  }
  /// Whether to write the last state of slot's task, given its status. The same on each member.
  METASOLVE_HD bool writes_solution(std::int64_t slot, Status end) const {
    if (!solution || is_failure(end)) return false;
    if (end == Status::converged || is_certified(end)) return true;
    return !only_converged && !(is_retried && origin[slot] == Origin::chosen);
  }
  /// Whether the surrogate's sum over the iterations is needed.
  METASOLVE_HD bool sums_loss() const {
    return loss && surrogate.kind == LossKind::surrogate && surrogate.value == LossValue::soft;
  }
  /// Of the derivative of the surrogate's sum.
  METASOLVE_HD Scalar slope_weight() const {
    return surrogate.kind == LossKind::surrogate ? weight * prices.step : weight;
  }
  METASOLVE_HD std::int32_t max_iterations_of(std::int64_t slot) const {
    std::int32_t const m = max_iterations[slot];
    std::int32_t most = attempt_max_iterations;
    if (attempt_limits != nullptr && attempt_limits[slot] >= 0 && attempt_limits[slot] < most) {
      most = attempt_limits[slot];
    }
    if (m <= most) return m;
    return origin != nullptr && origin[slot] == Origin::replaced ? m : most;
  }
};

/// Number of set bits.
METASOLVE_HD inline int count_bits(unsigned x) {
#if defined(__CUDA_ARCH__)
  return __popc(x);
#else
  int count = 0;
  for (; x != 0; x &= x - 1) ++count;
  return count;
#endif
}

/// The mask of the lanes whose bits are set.
template <class Number>
METASOLVE_HD auto lanes_where(unsigned set) {
  Number flag(scalar_of<Number>(0));
  for (int l = 0; l < lanes_of<Number>; ++l) set_lane(flag, l, scalar_of<Number>((set >> l & 1u) != 0 ? 1 : 0));
  return flag > Number(scalar_of<Number>(0));
}

/// One lane's bookkeeping.
struct LaneRecord {
  std::int64_t slot = -1;
  std::int32_t max_iterations = 0;
  std::int64_t start = 0;  ///< the team's step count when this task began
  METASOLVE_HD std::int64_t last() const { return start + max_iterations; }
};

/// The earliest last step of the occupied lanes. Counted in integers: a float is exact only up to 2^24.
METASOLVE_HD inline std::int64_t next_due(LaneRecord const* record, int lanes, unsigned occupied) {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (int l = 0; l < lanes; ++l) {
    if ((occupied >> l & 1u) != 0 && record[l].last() < due) due = record[l].last();
  }
  return due;
}

/// Positions in [0, slots) from a source, with the parameters given by the caller.
template <class Scalar, class Source>
struct GivenTasks {
  LockstepArguments<Scalar> const& a;
  Source& source;

  /// The next position, or -1; the same on every member.
  template <class T>
  METASOLVE_HD std::int64_t next(T const&) {
    return source();
  }
  /// For the position last returned by `next`.
  template <class T, class View>
  METASOLVE_HD void put_parameters(T const& team, std::int64_t slot, int size, View theta) const {
    for_each(team, size, [&](int i) { theta[i] = a.theta ? a.theta(slot, i) : Scalar(0); });
  }
};

/// Loads slot's task and parameters into one lane. False: breakdown. Syncs.
template <class S, class T, class Tasks, class TaskView, class ThetaView>
METASOLVE_HD bool load_lane(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                            Tasks const& tasks, std::int64_t slot, TaskView task, ThetaView theta) {
  team.sync();  // members may still read the previous task's data
  bool const usable = solver.load(team, a.task(slot), task);
  tasks.put_parameters(team, slot, solver.parameter_size(), theta);
  team.sync();
  return usable;
}

/// The tasks of lanes that iterate together.
template <class Number>
struct LaneGroup {
  std::int64_t slot[lanes_of<Number>] = {};
  Number tolerance{scalar_of<Number>(0)};
  Number max_iterations{scalar_of<Number>(0)};  ///< 0 for a lane that broke down
  unsigned usable = 0;                          ///< lanes without a breakdown
  int occupied = 0;  ///< the first lanes; the others repeat the first task, and their results are discarded
};

/// Loads the tasks from position `first` on into the lanes. Syncs.
template <class Number, class S, class T, class View>
METASOLVE_HD LaneGroup<Number> load_group(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                          T const& team, std::int64_t first, View task, View theta) {
  using scalar = typename S::scalar;
  constexpr int lanes = lanes_of<Number>;
  int nothing = 0;
  GivenTasks<scalar, int> const given{a, nothing};
  LaneGroup<Number> group;
  for (int l = 0; l < lanes && first + l < a.slots; ++l, ++group.occupied) {
    std::int64_t const slot = group.slot[l] = a.slot(first + l);
    set_lane(group.tolerance, l, a.tolerance[slot]);
    if (!load_lane(solver, a, team, given, slot, task.lane(l), theta.lane(l))) continue;
    set_lane(group.max_iterations, l, scalar(a.max_iterations_of(slot)));
    group.usable |= 1u << l;
  }
  for (int l = group.occupied; l < lanes; ++l) {
    load_lane(solver, a, team, given, group.slot[0], task.lane(l), theta.lane(l));
  }
  return group;
}

/// The stopping test: whether a task continues after the result of `measure`, before its limit.
template <class Number>
METASOLVE_HD auto is_running(Number const& measure, Number const& tolerance) {
  return measure > tolerance && measure < Number(infinity<scalar_of<Number>>());
}

/// The status of a stopped task, from the result of `measure`. The order of the tests is the contract: a value that is
/// not finite never counts as converged, and a measure at or below the tolerance does, also at the limit.
template <class Scalar>
METASOLVE_HD Status status_of(Scalar measure, Scalar tolerance) {
  if (!is_finite(measure)) return Status::not_finite;
  if (abs(measure) <= tolerance) return Status::converged;
  return measure < Scalar(0) ? Status::breakdown : Status::iteration_limit;
}

/// Writes one slot's results. A task that broke down (measure: infinite if setup failed) or became not finite counts as
/// its iteration limit: early divergence must not look like fast convergence.
template <class Scalar>
METASOLVE_HD void write_outcome(LockstepArguments<Scalar> const& a, std::int64_t slot, Status status,
                                std::int32_t iterations, Scalar measure, TaskSpent<Scalar> const& spent) {
  std::int32_t const limit = a.max_iterations_of(slot);
  if (a.status) a.status[slot] = static_cast<std::int32_t>(status);
  bool const failed = is_failure(status);
  if (a.iterations) {
    std::int64_t const before = a.adds_iterations ? a.iterations[slot] : 0;
    std::int64_t const made = before + (failed ? limit : iterations);
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    a.iterations[slot] = made < most ? static_cast<std::int32_t>(made) : most;
  }
  if (a.measure) a.measure[slot] = abs(measure);
  Scalar const exact = spent.exact(failed ? limit : iterations, failed);
  Scalar const start = a.prices.start + (status == Status::converged ? Scalar(0) : a.prices.unsolved * Scalar(limit));
  if (a.work) a.work[slot] = start + a.prices.step * exact;
  if (!a.loss) return;
  if (a.surrogate.kind == LossKind::measure) {
    a.loss[slot] = failed ? infinity<Scalar>() : a.surrogate.last(abs(measure));
    return;
  }
  bool const sums = !failed && a.surrogate.value == LossValue::soft;
  a.loss[slot] = start + a.prices.step * (sums ? spent.start + spent.sum : exact);
}

}  // namespace metasolve::kernels
