// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/problems/bind_problem.hpp"
#include "src/problems/ode_tasks.hpp"

namespace metasolve::problems {

template <class Exec, class Scalar, kernels::Ode O>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, OdeTasks<O> const& tasks, engine::StageLimits const& limits) {
  if constexpr (!std::is_same_v<Scalar, double>) {
    // Measures of 1e-9 beside numbers of 1e4 have no meaning in single precision, and cost a compilation.
    throw InputError("solver.precision: an ODE's steps are solved in \"double\" alone");
  } else {
    using P = kernels::OdeProblem<O>;
    using System = typename P::System;
    ProblemRows<P> const rows{tasks.count, System::columns, tasks.fill, System::of_rows};
    return bind_problem<Exec, P>(exec, rows, integrate::ode_solver<O, double>(nullptr, tasks.clamps), limits);
  }
}

}  // namespace metasolve::problems
