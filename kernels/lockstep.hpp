// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"
#include "surrogate.hpp"

namespace metasolve::kernels {

/// What a lockstep run reads and writes. A slot is a task's place in the call; every array is indexed by slot and
/// lies where the launch can reach it. Outputs may be null: not wanted.
template <class Scalar>
struct LockstepArguments {
  std::int64_t slots = 0;
  std::int32_t const* task_of_slot = nullptr;  ///< [slots] index into the solver's batch; null: from first_task on
  std::int64_t first_task = 0;
  std::int32_t const* slot_order = nullptr;  ///< [slots] order in which slots are grouped; null: ascending
  BatchView<Scalar const> theta;             ///< [slots][parameters]; null data: zeros
  PerTask<Scalar> tolerance;                 ///< eps
  PerTask<std::int32_t> limit;               ///< m
  Surrogate<Scalar> surrogate;
  Scalar const* gain = nullptr;  ///< a; one value; needed with loss or theta_bar

  std::int32_t* status = nullptr;
  std::int32_t* iterations = nullptr;
  Scalar* measure = nullptr;    ///< of the last state
  Scalar* loss = nullptr;       ///< value of the surrogate
  BatchView<Scalar> solution;   ///< [slots][state_size]: the last state
  BatchView<Scalar> history;    ///< [slots][limit + 1]: L_0 ... L_K; entries after K are untouched
  BatchView<Scalar> theta_bar;  ///< [slots][parameters]: gradient of weight * loss (lockstep_adjoint.hpp)
  Scalar weight = Scalar(1);

  METASOLVE_HD std::int64_t slot(std::int64_t position) const {
    return slot_order != nullptr ? slot_order[position] : position;
  }
  METASOLVE_HD std::int64_t task(std::int64_t slot) const {
    return task_of_slot != nullptr ? task_of_slot[slot] : first_task + slot;
  }
};

/// One lane's bookkeeping.
struct LaneRecord {
  std::int64_t slot = -1;
  std::int32_t limit = 0;
  std::int64_t start = 0;  ///< the team's step count when this task began
};

/// The first of the occupied lanes' last steps. Counted in integers: a float is exact to 2^24 only.
METASOLVE_HD inline std::int64_t next_due(LaneRecord const* record, int lanes, unsigned occupied) {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (int l = 0; l < lanes; ++l) {
    std::int64_t const last = record[l].start + record[l].limit;
    if ((occupied >> l & 1u) != 0 && last < due) due = last;
  }
  return due;
}

/// Puts slot's task and parameters into one lane. False: breakdown. Syncs.
template <class S, class T, class TaskView, class ThetaView>
METASOLVE_HD bool load_lane(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                            std::int64_t slot, TaskView task, ThetaView theta) {
  team.sync();  // members may still read what the last task left
  bool const usable = solver.load(team, a.task(slot), task);
  for_each(team, solver.parameter_size(),
           [&](int i) { theta[i] = a.theta ? a.theta(slot, i) : typename S::scalar(0); });
  team.sync();
  return usable;
}

/// The tasks of lanes that go together through their iterations.
template <class Number>
struct LaneGroup {
  std::int64_t slot[lanes_of<Number>] = {};
  Number tolerance{scalar_of<Number>(0)};
  Number limit{scalar_of<Number>(0)};  ///< 0 for a lane that broke down
  unsigned usable = 0;                 ///< lanes that did not
  int occupied = 0;                    ///< the first lanes; others repeat the first task, and their results are dropped
};

/// Puts the tasks from position `first` on into the lanes. Syncs.
template <class Number, class S, class T, class View>
METASOLVE_HD LaneGroup<Number> load_group(S const& solver, LockstepArguments<typename S::scalar> const& a,
                                          T const& team, std::int64_t first, View task, View theta) {
  using scalar = typename S::scalar;
  constexpr int lanes = lanes_of<Number>;
  LaneGroup<Number> group;
  for (int l = 0; l < lanes && first + l < a.slots; ++l, ++group.occupied) {
    std::int64_t const slot = group.slot[l] = a.slot(first + l);
    set_lane(group.tolerance, l, a.tolerance[slot]);
    if (!load_lane(solver, a, team, slot, task.lane(l), theta.lane(l))) continue;
    set_lane(group.limit, l, scalar(a.limit[slot]));
    group.usable |= 1u << l;
  }
  for (int l = group.occupied; l < lanes; ++l) {
    load_lane(solver, a, team, group.slot[0], task.lane(l), theta.lane(l));
  }
  return group;
}

/// How a task that has stopped stands. The order of the tests is the contract: what is not finite never counts as
/// converged, and a measure at or under the tolerance does, also at the limit.
template <class Scalar>
METASOLVE_HD Status status_of(Scalar measure, Scalar tolerance) {
  if (!is_finite(measure)) return Status::not_finite;
  return measure <= tolerance ? Status::converged : Status::iteration_limit;
}

/// Writes one slot's results. A task that could not be set up (broken) or did not stay finite counts as its iteration
/// limit: one that diverged early is not to pass for a quick one. soft: the surrogate's sum.
template <class Scalar>
METASOLVE_HD void write_outcome(LockstepArguments<Scalar> const& a, std::int64_t slot, bool broken,
                                std::int32_t iterations, Scalar measure, Scalar soft) {
  std::int32_t const limit = a.limit[slot];
  Status const status = broken ? Status::breakdown : status_of(measure, a.tolerance[slot]);
  if (a.status) a.status[slot] = static_cast<std::int32_t>(status);
  bool const failed = broken || status == Status::not_finite;
  if (a.iterations) a.iterations[slot] = failed ? limit : iterations;
  if (a.measure) a.measure[slot] = broken ? infinity<Scalar>() : measure;
  if (!a.loss) return;
  if (a.surrogate.kind == LossKind::measure) {
    a.loss[slot] = broken ? infinity<Scalar>() : a.surrogate.last(measure);
  } else if (failed) {
    a.loss[slot] = Scalar(limit);
  } else {
    a.loss[slot] = a.surrogate.value == LossValue::soft ? soft : Scalar(iterations);
  }
}

/// Numbers of near memory that lockstep_solve needs a team.
template <class S>
METASOLVE_HD int lockstep_size(S const& solver) {
  return solver.task_size() + solver.parameter_size() + 2 * solver.state_size();
}

/// Solves slots that `source` hands out until it has none left. A lane whose task has stopped writes its results
/// and takes the next slot at once, so that packs do not wait for their slowest lane; what a lane computes depends
/// on its own task alone. source(): the next position in [0, slots), or -1; the same on every member.
template <class Number, class S, class T, class Source, int Stride>
METASOLVE_HD void lockstep_solve(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                 Source& source, LocalView<Number, Stride> near) {
  using scalar = typename S::scalar;
  constexpr int lanes = lanes_of<Number>;
  static_assert(lanes <= 32);
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto state = theta.from(solver.parameter_size());
  auto next = state.from(solver.state_size());

  LaneRecord record[lanes];
  unsigned occupied = 0;
  unsigned fresh = (lanes == 32 ? ~0u : (1u << lanes) - 1u);  // lanes to fill
  std::int64_t k = 0;                                         // steps of the team
  std::int64_t due = 0;                                       // the k at which the next lane reaches its limit
  Number tolerance(scalar(0)), loss(scalar(0));

  for (;;) {
    for (int l = 0; l < lanes; ++l) {
      if ((fresh >> l & 1u) == 0) continue;
      for (;;) {  // until a usable task is found
        std::int64_t const position = source();
        if (position < 0) break;
        std::int64_t const slot = a.slot(position);
        LaneRecord const r{slot, a.limit[slot], k};
        if (load_lane(solver, a, team, slot, task.lane(l), theta.lane(l))) {
          record[l] = r;
          solver.start(team, task.lane(l), theta.lane(l), state.lane(l));
          team.sync();
          set_lane(tolerance, l, a.tolerance[slot]);
          set_lane(loss, l, scalar(0));
          occupied |= 1u << l;
          break;
        }
        if (team.rank() == 0) write_outcome(a, slot, true, 0, infinity<scalar>(), scalar(0));
      }
    }
    fresh = 0;
    if (occupied == 0) return;
    due = next_due(record, lanes, occupied);

    for (;;) {
      Number const L = solver.measure(team, task, state);
      auto const running = L > tolerance && L < Number(infinity<scalar>());
      if (a.history) {
        for (int l = 0; l < lanes; ++l) {
          if ((occupied >> l & 1u) == 0 || team.rank() != 0) continue;
          a.history(record[l].slot, static_cast<std::int32_t>(k - record[l].start)) = lane(L, l);
        }
      }
      unsigned finished = occupied & ~bits(running);
      if (k >= due) {
        for (int l = 0; l < lanes; ++l) {
          if (k - record[l].start >= record[l].limit) finished |= occupied & 1u << l;
        }
      }
      if (finished != 0) {
        for (int l = 0; l < lanes; ++l) {
          if ((finished >> l & 1u) == 0) continue;
          std::int64_t const slot = record[l].slot;
          std::int32_t const count = static_cast<std::int32_t>(k - record[l].start);
          if (team.rank() == 0) write_outcome(a, slot, false, count, lane(L, l), lane(loss, l));
          if (a.solution) {
            auto const last = state.lane(l);
            for_each(team, solver.state_size(), [&](int i) { a.solution(slot, i) = last[i]; });
          }
        }
        occupied &= ~finished;
        fresh = finished;
        break;  // to fill the lanes; the others' measure is computed again, to the same value
      }
      if (a.loss && a.surrogate.kind == LossKind::surrogate && a.surrogate.value == LossValue::soft) {
        loss += a.surrogate.term(L, tolerance, *a.gain);
      }
      solver.step(team, task, theta, state, next, AllLanes{});
      ++k;
      team.sync();
      auto const swap = state;
      state = next;
      next = swap;
    }
  }
}

}  // namespace metasolve::kernels
