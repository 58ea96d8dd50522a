// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../solvers/anderson_sor.hpp"
#include "ode_problem.hpp"

namespace metasolve::kernels {

/// Name of the first parameter of models for accelerated sweeps. It tells them from those of OdeProblem, whose factors
/// are valid here, and slow.
inline constexpr char accelerated_relaxation[] = "relaxation factor of accelerated sweeps";

/// The steps of OdeProblem by Newton-SOR with Anderson's acceleration.
template <Ode O>
struct AndersonSteps : OdeProblem<O> {
  using Solver = AndersonSor<ImplicitEuler<O, double>>;

  static std::string column_name(int c) {
    return c == OdeProblem<O>::System::relaxation_at ? accelerated_relaxation : OdeProblem<O>::column_name(c);
  }
  static void bind(Solver& solver, Columns<double, AndersonSteps::columns> const& tasks) { solver.system.row = tasks; }
};

}  // namespace metasolve::kernels
