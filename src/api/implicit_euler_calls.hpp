// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/problem_calls_of.hpp"
#include "metasolve/detail/systems/known_systems.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/kernels/problems/newton_steps.hpp"

namespace metasolve::api {

/// For a named system.
inline std::unique_ptr<ProblemCalls> make_ode_calls(Executor const& executor, ImplicitEulerSolver::System const& system,
                                                    Setup const& setup) {
  std::unique_ptr<ProblemCalls> made;
  systems::for_each_system([&]<class O>() {
    if (system.name != O::name) return;
    auto const make = [&]<class P>(auto const& functions) {
      typename P::Solver solver;
      solver.clamps = system.clamps;
      if (system.clamps) {
        solver.low = system.low;
        solver.high = system.high;
      }
      return make_calls<P>(executor, functions, solver, setup);
    };
    auto& exec = executor.backend();
    using BySor = kernels::OdeProblem<O>;
    using ByNewton = kernels::NewtonSteps<O>;
    if (system.method == ImplicitEulerSolver::Method::newton) {
      made = make.template operator()<ByNewton>(
          exec::functions_for<engine::ProblemFunctions<ByNewton, false, false>>(exec));
    } else if constexpr (std::is_same_v<O, kernels::Robertson>) {
      // Compiled separately (src/compiled.cmake): training uses some of them.
      made = make.template operator()<BySor>(engine::compiled_for<engine::ProblemFunctions<BySor, true, false>>(exec));
    } else {
      made = make.template operator()<BySor>(exec::functions_for<engine::ProblemFunctions<BySor, false, false>>(exec));
    }
  });
  return made;
}

}  // namespace metasolve::api
