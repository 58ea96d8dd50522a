// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/problem_calls_of.hpp"
#include "metasolve/detail/systems/known_systems.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/kernels/problems/anderson_steps.hpp"
#include "metasolve/kernels/problems/newton_steps.hpp"

namespace metasolve::api {

/// @throws InputError the meta-solver was trained for the other kind of sweeps
template <class O>
void require_sweeps_of(MetaSolver const& meta_solver, ImplicitEulerSolver::Method method) {
  auto const& sides = meta_solver.model().sides;
  if (sides.problem != O::name || sides.parameters.empty()) return;
  auto const is_of = [&]<class P>() { return sides.parameters[0].name == P::column_name(P::parameter_column(0)); };
  bool const accelerates = method == ImplicitEulerSolver::Method::anderson_sor;
  if (accelerates && is_of.template operator()<kernels::OdeProblem<O>>()) {
    throw InputError(
        "setup.meta_solver was trained for sweeps without acceleration, and system.method is anderson_sor; set "
        "newton_sor");
  }
  if (!accelerates && is_of.template operator()<kernels::AndersonSteps<O>>()) {
    throw InputError(
        "setup.meta_solver was trained for sweeps with Anderson's acceleration, and system.method is newton_sor; set "
        "anderson_sor");
  }
}

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
    auto const sweeps = [&]<class P>() {
      // Robertson's are compiled separately (src/compiled.cmake): training uses some of them.
      if constexpr (std::is_same_v<O, kernels::Robertson>) {
        return engine::compiled_for<engine::ProblemFunctions<P, true, false>>(exec);
      } else {
        return exec::functions_for<engine::ProblemFunctions<P, false, false>>(exec);
      }
    };
    using BySor = kernels::OdeProblem<O>;
    using ByNewton = kernels::NewtonSteps<O>;
    using ByAnderson = kernels::AndersonSteps<O>;
    if (setup.meta_solver) require_sweeps_of<O>(*setup.meta_solver, system.method);
    if (system.method == ImplicitEulerSolver::Method::newton) {
      made = make.template operator()<ByNewton>(
          exec::functions_for<engine::ProblemFunctions<ByNewton, false, false>>(exec));
    } else if (system.method == ImplicitEulerSolver::Method::anderson_sor) {
      made = make.template operator()<ByAnderson>(sweeps.template operator()<ByAnderson>());
    } else {
      made = make.template operator()<BySor>(sweeps.template operator()<BySor>());
    }
  });
  return made;
}

}  // namespace metasolve::api
