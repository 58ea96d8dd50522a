// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "metasolve/kernels/lockstep/lockstep.hpp"
#include "metasolve/kernels/lockstep/lockstep_adjoint.hpp"
#include "metasolve/kernels/lockstep/lockstep_tangent.hpp"
#include "metasolve/kernels/simd/dual.hpp"
#include "metasolve/kernels/simd/pack.hpp"

/// Runs the two lockstep bodies on any solver with any number type.
namespace metasolve::test {

using kernels::LockstepArguments;

/// Hands out positions one by one, or groups of lanes.
struct Counter {
  std::int64_t end = 0, step = 1, next = 0;
  std::int64_t operator()() {
    std::int64_t const first = next;
    next += step;
    return first < end ? first : -1;
  }
};

/// Results of a run, one entry per slot.
template <class Scalar>
struct RunResult {
  std::vector<std::int32_t> status, iterations;
  std::vector<Scalar> measure, loss, theta_bar, solution, history, work = {};
};

template <class Scalar>
struct RunSettings {
  std::vector<Scalar> tolerance;             // per slot, or one for all
  std::vector<std::int32_t> max_iterations;  // likewise
  kernels::Surrogate<Scalar> surrogate;
  Scalar gain = Scalar(1);
  int tape_slots = 64;
  std::vector<std::int32_t> task_of_slot = {}, slot_order = {};  // empty: identity
  kernels::Prices<Scalar> prices = {};
};

enum class Way { solve, adjoint, tangent };

/// direction: of Way::tangent, whose default is for a solver of one parameter.
template <class Number, class Solver, class Direction = kernels::OnlyParameter>
RunResult<typename Solver::scalar> run_lockstep(Solver const& solver, std::vector<typename Solver::scalar> const& theta,
                                                std::int64_t slots, RunSettings<typename Solver::scalar> const& s,
                                                Way way, Direction const& direction = {}) {
  bool const differentiate = way != Way::solve;
  using scalar = typename Solver::scalar;
  auto const n = static_cast<std::size_t>(slots);
  auto const parameters = static_cast<std::size_t>(solver.parameter_size());
  std::int32_t longest = 0;
  for (auto const m : s.max_iterations) longest = std::max(longest, m);
  RunResult<scalar> r{std::vector<std::int32_t>(n, -1),
                      std::vector<std::int32_t>(n, -1),
                      std::vector<scalar>(n),
                      std::vector<scalar>(n),
                      std::vector<scalar>(n * parameters),
                      std::vector<scalar>(n * static_cast<std::size_t>(solver.state_size())),
                      std::vector<scalar>(n * static_cast<std::size_t>(longest + 1))};
  LockstepArguments<scalar> a;
  a.slots = slots;
  a.task_of_slot = s.task_of_slot.empty() ? nullptr : s.task_of_slot.data();
  a.slot_order = s.slot_order.empty() ? nullptr : s.slot_order.data();
  a.theta = {theta.data(), solver.parameter_size(), 1};
  a.tolerance = {s.tolerance.data(), s.tolerance.size() > 1 ? 1 : 0};
  a.max_iterations = {s.max_iterations.data(), s.max_iterations.size() > 1 ? 1 : 0};
  a.surrogate = s.surrogate;
  a.prices = s.prices;
  a.gain = &s.gain;
  a.status = r.status.data();
  a.iterations = r.iterations.data();
  a.measure = r.measure.data();
  a.loss = r.loss.data();
  r.work.resize(n);
  a.work = r.work.data();
  if (differentiate) {
    a.theta_bar = {r.theta_bar.data(), solver.parameter_size(), 1};
  } else {
    a.solution = {r.solution.data(), solver.state_size(), 1};
    a.history = {r.history.data(), longest + 1, 1};
  }
  std::vector<Number> scratch(
      static_cast<std::size_t>(kernels::differentiate_size(solver) + kernels::lockstep_size(solver)));
  kernels::LocalView<Number> const near_view{scratch.data()};
  kernels::SoloTeam const team;
  if constexpr (requires { typename kernels::NumberTraits<Number>::mask; }) {
    Counter source{slots, differentiate ? kernels::lanes_of<Number> : 1};
    if (differentiate) {
      std::vector<Number> global(static_cast<std::size_t>(s.tape_slots) *
                                 static_cast<std::size_t>(solver.state_size() + 2));
      if constexpr (kernels::OneParameterSolver<Solver> || !std::is_same_v<Direction, kernels::OnlyParameter>) {
        if (way == Way::tangent) {
          std::vector<Number> tangent_near(static_cast<std::size_t>(kernels::tangent_size(solver)));
          kernels::LocalView<Number> const view{tangent_near.data()};
          kernels::lockstep_tangent<Number>(solver, a, direction, team, source, view);
          return r;
        }
      }
      if constexpr (!std::is_same_v<scalar, kernels::Dual<double>>) {
        kernels::lockstep_differentiate<Number>(solver, a, team, source, near_view,
                                                kernels::LocalView<Number>{global.data()}, s.tape_slots);
      }
    } else {
      kernels::GivenTasks<scalar, Counter> given{a, source};
      kernels::lockstep_solve<Number>(solver, a, team, given, near_view);
    }
  }
  return r;
}

template <class Number, class Solver>
RunResult<typename Solver::scalar> run_lockstep(Solver const& solver, std::vector<typename Solver::scalar> const& theta,
                                                std::int64_t slots, RunSettings<typename Solver::scalar> const& s,
                                                bool differentiate) {
  return run_lockstep<Number>(solver, theta, slots, s, differentiate ? Way::adjoint : Way::solve);
}

}  // namespace metasolve::test
