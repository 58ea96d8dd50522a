// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../solvers/newton.hpp"
#include "ode_problem.hpp"

namespace metasolve::kernels {

/// The steps of OdeProblem by Newton's method: no training through it.
template <Ode O>
struct NewtonSteps : OdeProblem<O> {
  using Solver = Newton<ImplicitEuler<O, double>>;
  static void bind(Solver& solver, Columns<double, NewtonSteps::columns> const& tasks) { solver.system.row = tasks; }
};

}  // namespace metasolve::kernels
