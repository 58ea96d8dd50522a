// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../solvers/anderson_sor.hpp"
#include "ode_problem.hpp"

namespace metasolve::kernels {

/// The steps of OdeProblem by Newton-SOR with Anderson's acceleration. The name of its first parameter tells its models
/// from those of OdeProblem, whose factors and guesses would be valid here, and slow.
template <Ode O>
struct AndersonSteps : OdeProblem<O> {
  using Solver = AndersonSor<ImplicitEuler<O, double>>;
  static constexpr char const* relaxation_name = "relaxation factor of accelerated sweeps";

  static std::string column_name(int c) {
    return c == OdeProblem<O>::System::relaxation_at ? relaxation_name : OdeProblem<O>::column_name(c);
  }
  static void bind(Solver& solver, Columns<double, AndersonSteps::columns> const& tasks) { solver.system.row = tasks; }
};

}  // namespace metasolve::kernels
