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

/// Bits that are set.
METASOLVE_HD inline int count_bits(unsigned x) {
  int count = 0;
  for (; x != 0; x &= x - 1) ++count;
  return count;
}

/// One lane's bookkeeping.
struct LaneRecord {
  std::int64_t slot = -1;
  std::int32_t limit = 0;
  std::int64_t start = 0;  ///< the team's step count when this task began
  METASOLVE_HD std::int64_t last() const { return start + limit; }
};

/// The first of the occupied lanes' last steps. Counted in integers: a float is exact to 2^24 only.
METASOLVE_HD inline std::int64_t next_due(LaneRecord const* record, int lanes, unsigned occupied) {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (int l = 0; l < lanes; ++l) {
    if ((occupied >> l & 1u) != 0 && record[l].last() < due) due = record[l].last();
  }
  return due;
}

/// Positions in [0, slots) that a source hands out, with the parameters that the caller gives.
template <class Scalar, class Source>
struct GivenTasks {
  LockstepArguments<Scalar> const& a;
  Source& source;

  /// The next position, or -1; the same on every member.
  template <class T>
  METASOLVE_HD std::int64_t next(T const&) {
    return source();
  }
  /// Of the position that `next` gave last.
  template <class T, class View>
  METASOLVE_HD void put_parameters(T const& team, std::int64_t slot, int size, View theta) const {
    for_each(team, size, [&](int i) { theta[i] = a.theta ? a.theta(slot, i) : Scalar(0); });
  }
};

/// Puts slot's task and parameters into one lane. False: breakdown. Syncs.
template <class S, class T, class Tasks, class TaskView, class ThetaView>
METASOLVE_HD bool load_lane(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                            Tasks const& tasks, std::int64_t slot, TaskView task, ThetaView theta) {
  team.sync();  // members may still read what the last task left
  bool const usable = solver.load(team, a.task(slot), task);
  tasks.put_parameters(team, slot, solver.parameter_size(), theta);
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
  int nothing = 0;
  GivenTasks<scalar, int> const given{a, nothing};
  LaneGroup<Number> group;
  for (int l = 0; l < lanes && first + l < a.slots; ++l, ++group.occupied) {
    std::int64_t const slot = group.slot[l] = a.slot(first + l);
    set_lane(group.tolerance, l, a.tolerance[slot]);
    if (!load_lane(solver, a, team, given, slot, task.lane(l), theta.lane(l))) continue;
    set_lane(group.limit, l, scalar(a.limit[slot]));
    group.usable |= 1u << l;
  }
  for (int l = group.occupied; l < lanes; ++l) {
    load_lane(solver, a, team, given, group.slot[0], task.lane(l), theta.lane(l));
  }
  return group;
}

/// How a task that has stopped stands, by what `measure` returned. The order of the tests is the contract: what is not
/// finite never counts as converged, and a measure at or under the tolerance does, also at the limit.
template <class Scalar>
METASOLVE_HD Status status_of(Scalar measure, Scalar tolerance) {
  if (!is_finite(measure)) return Status::not_finite;
  if (magnitude(measure) <= tolerance) return Status::converged;
  return measure < Scalar(0) ? Status::breakdown : Status::iteration_limit;
}

/// Writes one slot's results. A task that broke down (broken: it could not even be set up) or did not stay finite
/// counts as its iteration limit: one that diverged early is not to pass for a quick one. soft: the surrogate's sum.
template <class Scalar>
METASOLVE_HD void write_outcome(LockstepArguments<Scalar> const& a, std::int64_t slot, bool broken,
                                std::int32_t iterations, Scalar measure, Scalar soft) {
  std::int32_t const limit = a.limit[slot];
  Status const status = broken ? Status::breakdown : status_of(measure, a.tolerance[slot]);
  if (a.status) a.status[slot] = static_cast<std::int32_t>(status);
  bool const failed = status == Status::breakdown || status == Status::not_finite;
  if (a.iterations) a.iterations[slot] = failed ? limit : iterations;
  if (a.measure) a.measure[slot] = broken ? infinity<Scalar>() : magnitude(measure);
  if (!a.loss) return;
  if (a.surrogate.kind == LossKind::measure) {
    a.loss[slot] = failed ? infinity<Scalar>() : a.surrogate.last(magnitude(measure));
  } else if (failed) {
    a.loss[slot] = Scalar(limit);
  } else {
    a.loss[slot] = a.surrogate.value == LossValue::soft ? soft : Scalar(iterations);
  }
}

/// What a team iterates on where sizes are known at run time: near memory itself, two states taking turns.
template <class View>
class NearWork {
 public:
  METASOLVE_HD NearWork(View task, View theta, View state, View next)
      : task_(task), theta_(theta), state_(state), next_(next) {}

  METASOLVE_HD View task() const { return task_; }
  METASOLVE_HD View theta() const { return theta_; }
  METASOLVE_HD View state() const { return state_; }
  METASOLVE_HD View next() const { return next_; }
  METASOLVE_HD View near_state() const { return state_; }
  METASOLVE_HD void fetch() {}
  METASOLVE_HD void put() const {}
  METASOLVE_HD void advance() {
    auto const swap = state_;
    state_ = next_;
    next_ = swap;
  }

 private:
  View task_, theta_, state_, next_;
};

/// What a lone member iterates on where sizes are few and constant: copies, which the compiler keeps in registers.
template <class Number, class S, class View>
class RegisterWork {
 public:
  METASOLVE_HD RegisterWork(View near_task, View near_theta, View near_state, View)
      : near_task_(near_task), near_theta_(near_theta), near_state_(near_state) {}

  METASOLVE_HD LocalView<Number> task() { return {task_}; }
  METASOLVE_HD LocalView<Number> theta() { return {theta_}; }
  METASOLVE_HD LocalView<Number> state() { return {state_}; }
  METASOLVE_HD LocalView<Number> next() { return {next_}; }
  METASOLVE_HD View near_state() const { return near_state_; }
  METASOLVE_HD void fetch() {
    for (int i = 0; i < S::task_size(); ++i) task_[i] = near_task_[i];
    for (int i = 0; i < S::parameter_size(); ++i) theta_[i] = near_theta_[i];
    for (int i = 0; i < S::state_size(); ++i) state_[i] = near_state_[i];
  }
  METASOLVE_HD void put() const {
    for (int i = 0; i < S::state_size(); ++i) near_state_[i] = state_[i];
  }
  METASOLVE_HD void advance() {
    for (int i = 0; i < S::state_size(); ++i) state_[i] = next_[i];
  }

 private:
  View near_task_, near_theta_, near_state_;
  Number task_[S::task_size()], theta_[S::parameter_size()], state_[S::state_size()], next_[S::state_size()];
};

template <class Number, class S, class T, class View>
struct WorkOf {
  using type = NearWork<View>;
};
template <class Number, RegisterSolver S, class T, class View>
requires(T::is_solo) struct WorkOf<Number, S, T, View> {
  using type = RegisterWork<Number, S, View>;
};

/// Vacant lanes at which a pack stops for new tasks. Where an iteration is cheap the stop costs as much as several:
/// better to let a few lanes idle.
template <class Number, class S>
inline constexpr int lanes_to_refill = RegisterSolver<S>&& lanes_of<Number> > 4 ? lanes_of<Number> / 4 : 1;

/// Numbers of near memory that lockstep_solve needs a team.
template <class S>
METASOLVE_HD int lockstep_size(S const& solver) {
  return solver.task_size() + solver.parameter_size() + 2 * solver.state_size();
}

/// Solves the tasks that `tasks` (GivenTasks) hands out until it has none left. A lane whose task has stopped writes
/// its results and soon takes the next one, so that packs do not wait for their slowest lane; what a lane computes
/// depends on its own task alone.
template <class Number, class S, class T, class Tasks, int Stride>
METASOLVE_HD void lockstep_solve(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                 Tasks& tasks, LocalView<Number, Stride> near) {
  using scalar = typename S::scalar;
  constexpr int lanes = lanes_of<Number>;
  static_assert(lanes <= 32);
  auto const task = near;
  auto const theta = task.from(solver.task_size());
  auto const states = theta.from(solver.parameter_size());
  typename WorkOf<Number, S, T, LocalView<Number, Stride>>::type work{task, theta, states,
                                                                      states.from(solver.state_size())};

  LaneRecord record[lanes];
  unsigned occupied = 0;
  unsigned vacant = (lanes == 32 ? ~0u : (1u << lanes) - 1u);
  bool drained = false;
  std::int64_t k = 0;  // steps of the team
  // The k at which the next lane reaches its limit, or one that it has left behind by converging.
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  Number tolerance(scalar(0)), loss(scalar(0));
  bool const sums_loss = a.loss && a.surrogate.kind == LossKind::surrogate && a.surrogate.value == LossValue::soft;

  for (;;) {
    for (int l = 0; l < lanes && !drained; ++l) {
      if ((vacant >> l & 1u) == 0) continue;
      for (;;) {  // until a usable task is found
        std::int64_t const position = tasks.next(team);
        drained = position < 0;
        if (drained) break;
        std::int64_t const slot = a.slot(position);
        LaneRecord const r{slot, a.limit[slot], k};
        if (load_lane(solver, a, team, tasks, slot, task.lane(l), theta.lane(l))) {
          record[l] = r;
          if (r.last() < due) due = r.last();
          solver.start(team, task.lane(l), theta.lane(l), work.near_state().lane(l));
          team.sync();
          set_lane(tolerance, l, a.tolerance[slot]);
          set_lane(loss, l, scalar(0));
          occupied |= 1u << l;
          vacant &= ~(1u << l);
          break;
        }
        if (team.rank() == 0) write_outcome(a, slot, true, 0, infinity<scalar>(), scalar(0));
      }
    }
    if (occupied == 0) return;
    work.fetch();

    for (;;) {
      Number const L = solver.measure(team, work.task(), work.state());
      auto const running = L > tolerance && L < Number(infinity<scalar>());
      if (a.history) {
        for (int l = 0; l < lanes; ++l) {
          if ((occupied >> l & 1u) == 0 || team.rank() != 0) continue;
          a.history(record[l].slot, static_cast<std::int32_t>(k - record[l].start)) = magnitude(lane(L, l));
        }
      }
      unsigned finished = occupied & ~bits(running);
      if (k >= due) {
        for (int l = 0; l < lanes; ++l) {
          if (k >= record[l].last()) finished |= occupied & 1u << l;
        }
        due = next_due(record, lanes, occupied & ~finished);
      }
      if (finished != 0) {
        work.put();
        for (int l = 0; l < lanes; ++l) {
          if ((finished >> l & 1u) == 0) continue;
          std::int64_t const slot = record[l].slot;
          std::int32_t const count = static_cast<std::int32_t>(k - record[l].start);
          if (team.rank() == 0) write_outcome(a, slot, false, count, lane(L, l), lane(loss, l));
          if (a.solution) {
            auto const last = work.near_state().lane(l);
            for_each(team, solver.state_size(), [&](int i) { a.solution(slot, i) = last[i]; });
          }
        }
        occupied &= ~finished;
        vacant |= finished;
        // To fill the lanes; the others' measure is computed again, to the same value.
        if (occupied == 0 || (!drained && count_bits(vacant) >= lanes_to_refill<Number, S>)) break;
      }
      if (sums_loss) loss += a.surrogate.term(L, tolerance, *a.gain);
      solver.step(team, work.task(), work.theta(), work.state(), work.next(), AllLanes{});
      ++k;
      team.sync();
      work.advance();
    }
  }
}

}  // namespace metasolve::kernels
