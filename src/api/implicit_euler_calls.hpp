// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/newton_steps.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "src/api/problem_calls_of.hpp"
#include "src/integrate/known_systems.hpp"

namespace metasolve::api {

/// For a system that is known by name.
inline std::unique_ptr<ProblemCalls> make_ode_calls(Executor const& executor, ImplicitEulerSolver::System const& system,
                                                    Setup const& setup) {
  std::unique_ptr<ProblemCalls> made;
  integrate::for_each_system([&]<class O>() {
    if (system.name != O::name) return;
    auto const make = [&]<class P, bool Trains>() {
      typename P::Solver solver;
      solver.clamps = system.clamps;
      if (system.clamps) {
        solver.low = system.low;
        solver.high = system.high;
      }
      using Functions = engine::ProblemFunctions<P, Trains>;
      return make_calls<P>(executor, exec::functions_for<Functions>(executor.backend()), solver, setup);
    };
    // The others have no meta-solver of the library's own.
    constexpr bool trains = std::is_same_v<O, kernels::Robertson>;
    made = system.method == ImplicitEulerSolver::Method::newton
               ? make.template operator()<kernels::NewtonSteps<O>, false>()
               : make.template operator()<kernels::OdeProblem<O>, trains>();
  });
  return made;
}

}  // namespace metasolve::api
