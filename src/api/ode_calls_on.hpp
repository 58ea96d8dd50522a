// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/ode_problem.hpp"
#include "kernels/solvers/newton.hpp"
#include "metasolve/error.hpp"
#include "metasolve/ode_solver.hpp"
#include "src/api/problem_calls_on.hpp"
#include "src/integrate/known_systems.hpp"

namespace metasolve::api {

struct OdeFunctions {
  /// For a system that is known by name.
  std::unique_ptr<ProblemCalls> (*make)(Executor const&, OdeSolver::System const&, Setup const&);
  template <class Exec>
  static OdeFunctions on();  ///< src/exec/compiled.hpp
};

/// The steps of OdeProblem by Newton's method: nobody learns through it.
template <kernels::Ode O>
struct NewtonSteps : kernels::OdeProblem<O> {
  using Solver = kernels::Newton<kernels::ImplicitEuler<O, double>>;
  static void bind(Solver& solver, kernels::Columns<double, NewtonSteps::columns> const& tasks) {
    solver.system.row = tasks;
  }
};

template <class Exec, kernels::ForwardProblem P, bool Fuses>
std::unique_ptr<ProblemCalls> make_ode_calls_by(Executor const& executor, OdeSolver::System const& system,
                                                Setup const& setup) {
  typename P::Solver solver;
  solver.clamps = system.clamps;
  if (system.clamps) {
    solver.low = system.low;
    solver.high = system.high;
  }
  return make_calls_on<Exec, P, Fuses>(executor, solver, setup);
}

template <class Exec>
std::unique_ptr<ProblemCalls> make_ode_calls_on(Executor const& executor, OdeSolver::System const& system,
                                                Setup const& setup) {
  std::unique_ptr<ProblemCalls> made;
  integrate::for_each_system([&]<class O>() {
    if (system.name != O::name) return;
    if (system.method == OdeSolver::Method::newton) {
      made = make_ode_calls_by<Exec, NewtonSteps<O>, false>(executor, system, setup);
      return;
    }
    // The others have no meta-solver of the library's own.
    constexpr bool fuses = std::is_same_v<O, kernels::Robertson>;
    made = make_ode_calls_by<Exec, kernels::OdeProblem<O>, fuses>(executor, system, setup);
  });
  return made;
}

template <class Exec>
OdeFunctions OdeFunctions::on() {
  return {.make = &make_ode_calls_on<Exec>};
}

}  // namespace metasolve::api
