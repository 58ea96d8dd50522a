// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/ode_problem.hpp"
#include "metasolve/error.hpp"
#include "metasolve/ode_solver.hpp"
#include "src/api/problem_calls_on.hpp"
#include "src/integrate/integration.hpp"
#include "src/integrate/known_systems.hpp"

namespace metasolve::api {

struct OdeFunctions {
  /// For a system that is known by name.
  std::unique_ptr<ProblemCalls> (*make)(Executor const&, OdeSolver::System const&, Setup const&);
  template <class Exec>
  static OdeFunctions on();  ///< src/exec/compiled.hpp
};

template <class Exec>
std::unique_ptr<ProblemCalls> make_ode_calls_on(Executor const& executor, OdeSolver::System const& system,
                                                Setup const& setup) {
  std::unique_ptr<ProblemCalls> made;
  integrate::for_each_system([&]<class O>() {
    if (system.name != O::name) return;
    using P = kernels::OdeProblem<O>;
    typename P::Solver solver;
    solver.clamps = system.clamps;
    if (system.clamps) {
      solver.low = system.low;
      solver.high = system.high;
    }
    // The others have no meta-solver of the library's own.
    constexpr bool fuses = std::is_same_v<O, kernels::Robertson>;
    made = make_calls_on<Exec, P, fuses>(executor, solver, setup);
  });
  return made;
}

template <class Exec>
OdeFunctions OdeFunctions::on() {
  return {.make = &make_ode_calls_on<Exec>};
}

}  // namespace metasolve::api
