// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_bounds.hpp"

namespace metasolve::kernels {

/// Working memory of a team for sizes known at run time: scratch, with two alternating states.
template <class View>
class ScratchWork {
 public:
  METASOLVE_HD ScratchWork(View task, View theta, View workspace, View state, View next)
      : task_(task), theta_(theta), workspace_(workspace), state_(state), next_(next) {}

  METASOLVE_HD View task() const { return task_; }
  METASOLVE_HD View theta() const { return theta_; }
  METASOLVE_HD View workspace() const { return workspace_; }
  METASOLVE_HD View state() const { return state_; }
  METASOLVE_HD View next() const { return next_; }
  METASOLVE_HD View scratch_task() const { return task_; }
  METASOLVE_HD View scratch_theta() const { return theta_; }
  METASOLVE_HD View scratch_state() const { return state_; }
  METASOLVE_HD void load() {}
  METASOLVE_HD void store() const {}
  METASOLVE_HD void advance() {
    auto const swap = state_;
    state_ = next_;
    next_ = swap;
  }

 private:
  View task_, theta_, workspace_, state_, next_;
};

/// Working memory of a single member for few constant sizes: copies, which the compiler keeps in registers.
template <class Number, class S, class View>
class RegisterWork {
 public:
  METASOLVE_HD RegisterWork(View scratch_task, View scratch_theta, View, View scratch_state, View)
      : scratch_task_(scratch_task), scratch_theta_(scratch_theta), scratch_state_(scratch_state) {}

  METASOLVE_HD LocalView<Number> task() { return {task_}; }
  METASOLVE_HD LocalView<Number> theta() { return {theta_}; }
  METASOLVE_HD LocalView<Number> workspace() const { return {}; }
  METASOLVE_HD LocalView<Number> state() { return {state_}; }
  METASOLVE_HD LocalView<Number> next() { return {next_}; }
  METASOLVE_HD View scratch_task() const { return scratch_task_; }
  METASOLVE_HD View scratch_theta() const { return scratch_theta_; }
  METASOLVE_HD View scratch_state() const { return scratch_state_; }
  METASOLVE_HD void load() {
    for (int i = 0; i < S::task_size(); ++i) task_[i] = scratch_task_[i];
    for (int i = 0; i < S::parameter_size(); ++i) theta_[i] = scratch_theta_[i];
    for (int i = 0; i < S::state_size(); ++i) state_[i] = scratch_state_[i];
  }
  METASOLVE_HD void store() const {
    for (int i = 0; i < S::state_size(); ++i) scratch_state_[i] = state_[i];
  }
  METASOLVE_HD void advance() {
    for (int i = 0; i < S::state_size(); ++i) state_[i] = next_[i];
  }

 private:
  View scratch_task_, scratch_theta_, scratch_state_;
  Number task_[S::task_size()], theta_[S::parameter_size()], state_[S::state_size()], next_[S::state_size()];
};

template <class Number, class S, class T, class View>
struct WorkOf {
  using type = ScratchWork<View>;
};
template <class Number, RegisterSolver S, class T, class View>
requires(T::is_solo) struct WorkOf<Number, S, T, View> {
  using type = RegisterWork<Number, S, View>;
};

/// Whether a step is made before its task is known to continue: a device thread then does not wait for the measure, and
/// a warp with other active lanes loses nothing. Not if confirming may change the state first.
template <class S, class T>
inline constexpr bool steps_ahead = WarpLane<T>&& RegisterSolver<S> && !ConfirmingSolver<S>;

/// Tasks that iterate together: the lanes of a number, or of a warp.
template <class Number, class T>
METASOLVE_HD constexpr int lockstep_width() {
  if constexpr (WarpLane<T>) {
    return T::lanes;
  } else {
    return lanes_of<Number>;
  }
}

/// Number of vacant lanes at which a pack or a warp stops for new tasks. If an iteration is cheap, a stop costs as much
/// as several iterations: idling a few lanes is better. For W lanes whose tasks take M iterations and a stop of cost R,
/// waiting for w lanes idles w / 2W and spends R W / M w on stops: the optimum is w = W sqrt(2 R / M). A warp's stop is
/// some 480 instructions, a Newton-SOR iteration 115: for M = 20, 70 and 200 the optimum is 21, 11 and 7 of 32 lanes,
/// and 12 costs at most 6 % more.
template <class Number, class S, class T, class Tasks>
METASOLVE_HD constexpr int refill_threshold() {
  constexpr int lanes = lockstep_width<Number, T>();
  constexpr bool starts_cost = requires { S::starts_cost_iterations; };
  constexpr bool tasks_cost = requires { requires Tasks::starts_cost_iterations; };
  if constexpr (starts_cost || tasks_cost) {
    return lanes > 1 ? lanes / 2 : 1;
  } else if constexpr (WarpLane<T>) {
    return lanes > 2 ? lanes * 3 / 8 : 1;
  } else {
    return RegisterSolver<S> && lanes > 4 ? lanes / 4 : 1;
  }
}

/// Scratch numbers per team for lockstep_solve.
template <class S>
METASOLVE_HD int lockstep_size(S const& solver) {
  return solver.task_size() + solver.parameter_size() + workspace_size(solver) + 2 * solver.state_size();
}

/// Solves the tasks that `tasks` (GivenTasks) provides until none is left. A lane whose task has stopped writes its
/// results and soon takes the next one, so that packs and warps do not wait for their slowest lane; a lane's results
/// depend on its own task alone. All lanes of a warp (WarpLane) call this and vote at each iteration: either all stop
/// to write results and load new tasks, or none does.
template <class Number, class S, class T, class Tasks, int Stride>
METASOLVE_HD void lockstep_solve(S const& solver, LockstepArguments<typename S::scalar> const& a, T const& team,
                                 Tasks& tasks, LocalView<Number, Stride> scratch) {
  using scalar = typename S::scalar;
  constexpr int lanes = lanes_of<Number>;
  static_assert(lanes <= 32 && (lanes == 1 || !WarpLane<T>));
  auto const task = scratch;
  auto const theta = task.subview(solver.task_size());
  auto const workspace = theta.subview(solver.parameter_size());
  auto const states = workspace.subview(workspace_size(solver));
  typename WorkOf<Number, S, T, LocalView<Number, Stride>>::type work{task, theta, workspace, states,
                                                                      states.subview(solver.state_size())};

  LaneRecord record[lanes];
  unsigned occupied = 0;
  unsigned vacant = (lanes == 32 ? ~0u : (1u << lanes) - 1u);
  bool drained = false;
  // Step count of the team (one lane: of its task, in half a register).
  std::conditional_t<lanes == 1, std::int32_t, std::int64_t> k = 0;
  // The k at which the next lane reaches its limit; may be stale, of a lane that has converged.
  auto due = std::numeric_limits<decltype(k)>::max();
  Number tolerance(scalar(0));
  Spent<Number, CostedSolver<S>> spent;
  Confirmations<S, Number> confirmations;
  bool const is_recorded = static_cast<bool>(a.history);
  bool const sums_loss = a.sums_loss();

  // L: at each lane's last state.
  auto const finish = [&](unsigned finished, Number const& L) {
    work.store();
    for (int l = 0; l < lanes; ++l) {
      if ((finished >> l & 1u) == 0) continue;
      std::int64_t const slot = record[l].slot;
      std::int32_t const count = static_cast<std::int32_t>(k - record[l].start);
      Status status = confirmations.status(l, lane(L, l), lane(tolerance, l));
      if constexpr (CertifyingSolver<S>) {
        if (status == Status::breakdown) status = solver.certified(work.scratch_state().lane(l));
      }
      if (team.rank() == 0) write_outcome(a, slot, status, count, lane(L, l), spent.of(l, a.prices.by_solver));
      if (a.writes_solution(slot, status)) {
        auto const last = work.scratch_state().lane(l);
        if constexpr (requires { solver.write_solution(team, task.lane(l), last, a.solution, slot); }) {
          solver.write_solution(team, task.lane(l), last, a.solution, slot);
        } else {
          for_each(team, solver.state_size(), [&](int i) { a.solution(slot, i) = last[i]; });
        }
      }
    }
    occupied &= ~finished;
    vacant |= finished;
  };

  for (;;) {
    unsigned fresh = 0;
    for (int l = 0; l < lanes && !drained; ++l) {
      if ((vacant >> l & 1u) == 0) continue;
      for (;;) {  // until a usable task is found
        std::int64_t const position = tasks.next(team);
        drained = position < 0;
        if (drained) break;
        std::int64_t const slot = a.slot(position);
        if constexpr (lanes == 1) k = 0;
        LaneRecord const r{slot, a.max_iterations_of(slot), k};
        if (load_lane(solver, a, team, tasks, slot, task.lane(l), theta.lane(l))) {
          record[l] = r;
          if (lanes == 1 || r.last() < due) due = static_cast<decltype(k)>(r.last());
          set_lane(tolerance, l, a.tolerance[slot]);
          spent.clear(l);
          confirmations.begin(l, a.tolerance[slot]);
          fresh |= 1u << l;
          vacant &= ~(1u << l);
          break;
        }
        if (team.rank() == 0) write_outcome(a, slot, Status::breakdown, 0, infinity<scalar>(), {scalar(0)});
      }
    }
    occupied |= fresh;
    int too_few = 0;  // stop at this many lanes or fewer
    if constexpr (WarpLane<T>) {
      int const undrained = T::lanes - count_bits(team.ballot(drained));
      if (undrained == 0) return;
      int const enough = undrained - refill_threshold<Number, S, T, Tasks>();
      if (enough > 0) too_few = enough;
    } else {
      if (occupied == 0) return;
    }
    if (fresh != 0) {
      solver.start(team, task, theta, workspace, work.scratch_state(), lanes_where<Number>(fresh));
      team.sync();
      spent.begin(start_cost_of(solver, team, task, theta, workspace), lanes_where<Number>(fresh));
    }
    // A lane of a warp that continues its task has not stored it.
    if (!WarpLane<T> || occupied == fresh) work.load();

    unsigned finished = 0, strays = 0;
    Number L(scalar(0));
    unsigned waits = occupied == 0 ? 1 : 0;  // a lane of a warp, for the others to stop
    for (;;) {
      if constexpr (WarpLane<T>) {
        if (count_bits(team.ballot(waits == 0)) <= too_few) break;
        if (waits != 0) continue;  // with the others at the next ballot
      }
      unsigned const iterating = lanes == 1 ? 1u : occupied;
      L = solver.measure(team, work.task(), work.state());
      if constexpr (steps_ahead<S, T>) {
        solver.step(team, work.task(), work.theta(), work.workspace(), work.state(), work.next(), AllLanes{});
      }
      finished = iterating & ~bits(is_running(L, tolerance));
      unsigned ended = 0;
      if (k >= due) {
        for (int l = 0; l < lanes; ++l) {
          if (lanes == 1 || k >= record[l].last()) ended |= iterating & 1u << l;
        }
      }
      if constexpr (decltype(confirmations)::wanted) {
        if (a.confirms && (finished | ended) != 0) {
          finished = confirmations.look(solver, team, work, tolerance, finished, ended, L);
        }
      }
      if (is_recorded) {
        for (int l = 0; l < lanes; ++l) {
          if ((iterating >> l & 1u) == 0 || team.rank() != 0) continue;
          a.history(record[l].slot, static_cast<std::int32_t>(k - record[l].start)) = abs(lane(L, l));
        }
      }
      finished |= ended;
      if constexpr (BoundedSolver<S>) {
        if constexpr (!WarpLane<T>) {  // whose lanes wait for the warp to stop
          if (a.confirms && finished != 0) strays = confirmations.strays(solver, work.state(), L, tolerance, finished);
          finished &= ~strays;
        }
      }
      if (lanes > 1 && k >= due)
        due = static_cast<decltype(k)>(next_due(record, lanes, (iterating & ~finished) | strays));
      if (finished != 0) {
        if constexpr (WarpLane<T>) {
          waits = 1;  // one lane writing alone costs all of them as much
          continue;
        } else {
          finish(finished, L);
          // To refill the lanes; the measure of the others is recomputed, to the same value.
          if (occupied == 0 || (!drained && count_bits(vacant) >= refill_threshold<Number, S, T, Tasks>())) break;
        }
      }
      if constexpr (BoundedSolver<S> && !WarpLane<T>) {
        if (strays != 0) break;  // the code below would take registers from the iterations
      }
      spent.add(step_cost_of(solver, team, work.task(), work.theta(), work.workspace(), work.state()), sums_loss,
                AllLanes{}, [&] { return a.surrogate.term(L, tolerance, *a.gain); });
      if constexpr (!steps_ahead<S, T>) {
        solver.step(team, work.task(), work.theta(), work.workspace(), work.state(), work.next(), AllLanes{});
      }
      ++k;
      team.sync();
      work.advance();
    }
    if constexpr (BoundedSolver<S>) {
      if constexpr (WarpLane<T>) {
        if (a.confirms && finished != 0) strays = confirmations.strays(solver, work.state(), L, tolerance, finished);
      }
      if (strays != 0) {
        work.store();
        confirmations.settle(solver, team, work.scratch_task(), work.scratch_theta(), work.scratch_state(), tolerance,
                             strays);
        work.load();
        finished = 0;  // detected again, at the same measure
      }
    }
    if constexpr (WarpLane<T>) {
      if (finished != 0) finish(finished, L);
    }
  }
}

}  // namespace metasolve::kernels
