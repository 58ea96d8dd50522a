// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_arguments.hpp"

/// Lanes that process one group of slots together, as gradients require: finished lanes are frozen until all have
/// finished.
namespace metasolve::kernels {

/// A solver of one parameter whose start, measure and step also accept dual numbers, while task_data holds plain ones:
/// its derivative needs no adjoint. With more parameters at run time it uses the general adjoint.
template <class S>
concept OneParameterSolver = Solver<S> && requires {
  requires S::has_one_parameter;
};

/// A solver that lockstep_tangent differentiates.
template <class S>
concept TangentSolver = OneParameterSolver<S> || DualSolver<S>;

/// Outcome of a group's lanes. Measure: a number, or a dual one.
template <class Number, class Measure = Number, bool Costed = false>
struct GroupRun {
  Number count;
  Measure measure;  ///< at each lane's last state
  Spent<Number, Costed> spent{};

  METASOLVE_HD Status status(LaneGroup<Number> const& group, int l) const {
    return status_of(lane(value_of(measure), l), lane(group.tolerance, l));
  }
  /// Whether lane l's gradient is meaningful.
  METASOLVE_HD bool has_gradient(LaneGroup<Number> const& group, int l) const {
    return (group.usable >> l & 1u) != 0 && !is_failure(status(group, l));
  }
  METASOLVE_HD void write(LockstepArguments<scalar_of<Number>> const& a, LaneGroup<Number> const& group, int l) const {
    bool const usable = (group.usable >> l & 1u) != 0;
    write_outcome(a, group.slot[l], usable ? status(group, l) : Status::breakdown,
                  static_cast<std::int32_t>(lane(count, l)),
                  usable ? lane(value_of(measure), l) : infinity<scalar_of<Number>>(),
                  usable ? spent.of(l, a.prices.by_solver) : TaskSpent<scalar_of<Number>>{lane(count, l)});
  }
};

/// Iteration of a group without recording.
template <class S, class T, class Task, class Theta, class Work>
struct PlainOrbit {
  S const& solver;
  T const& team;
  Task task;
  Theta theta;
  Work work;

  template <class State>
  METASOLVE_HD auto measure(std::int32_t, State state) const {
    return solver.measure(team, task, state);
  }
  METASOLVE_HD auto start_cost() const { return start_cost_of(solver, team, task, theta, work); }
  template <class State>
  METASOLVE_HD auto step_cost(State state) const {
    return step_cost_of(solver, team, task, theta, work, state);
  }
  template <class State, class Mask>
  METASOLVE_HD void step(State state, State next, Mask running) const {
    solver.step(team, task, theta, work, state, next, running);
  }
};
template <class S, class T, class Task, class Theta, class Work>
PlainOrbit(S const&, T const&, Task, Theta, Work) -> PlainOrbit<S, T, Task, Theta, Work>;

/// Iterates the group from `state`, made by `start`, until each lane stops as in lockstep_solve. spent: summed if
/// sums_loss. met(L, running, c): called at each measure but the last, c the cost of the next step.
template <class T, class Number, class Orbit, class State, class Met>
METASOLVE_HD auto run_group(LockstepArguments<scalar_of<Number>> const& a, T const& team,
                            LaneGroup<Number> const& group, Orbit&& orbit, State state, State next, bool sums_loss,
                            Met&& met) {
  using scalar = scalar_of<Number>;
  using Last = decltype(orbit.measure(0, state));
  Number const zero(scalar(0));
  constexpr bool costed = !std::is_same_v<decltype(orbit.step_cost(state)), UnitCost>;
  GroupRun<Number, Last, costed> run{zero, Last(zero)};
  run.spent.begin(orbit.start_cost(), AllLanes{});
  // As in lockstep_solve: a device thread does not wait for the measure before its step.
  constexpr bool ahead = WarpLane<T> && is_register_view<State>;
  for (std::int32_t k = 0;; ++k) {
    if constexpr (ahead) orbit.step(state, next, AllLanes{});
    run.measure = orbit.measure(k, state);  // for a frozen lane the same value again
    Number const L = value_of(run.measure);
    auto const running =
        is_running(L, group.tolerance) && Number(scalar(static_cast<double>(k))) < group.max_iterations;
    if (bits(running) == 0) return run;
    auto const cost = orbit.step_cost(state);
    run.spent.add(cost, sums_loss, running, [&] { return a.surrogate.term(L, group.tolerance, *a.gain); });
    met(run.measure, running, cost);
    run.count = select(running, run.count + Number(scalar(1)), run.count);
    if constexpr (!ahead) orbit.step(state, next, running);
    team.sync();
    advance(state, next);
  }
}

/// Writes a group's results, and weight * slope * direction where it is meaningful. direction [parameters]. Called by
/// all members; syncs.
template <class T, class Number, class Measure, bool Costed, class View>
METASOLVE_HD void write_slopes(LockstepArguments<scalar_of<Number>> const& a, T const& team,
                               LaneGroup<Number> const& group, GroupRun<Number, Measure, Costed> const& run,
                               Number const& slope, View direction, int parameters) {
  using scalar = scalar_of<Number>;
  scalar const weight = a.slope_weight();
  for (int l = 0; l < group.occupied; ++l) {
    scalar const found = weight * lane(slope, l);
    bool const keep = run.has_gradient(group, l) && is_finite(found);
    auto const along = direction.lane(l);
    if (a.theta_bar) {
      for_each(team, parameters, [&](int p) { a.theta_bar(group.slot[l], p) = keep ? found * along[p] : scalar(0); });
    }
    if (team.rank() == 0) run.write(a, group, l);
  }
  team.sync();
}

}  // namespace metasolve::kernels
