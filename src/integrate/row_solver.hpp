// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/problems/implicit_euler.hpp"
#include "kernels/solvers/newton_sor.hpp"

namespace metasolve::integrate {

/// The bounds of the paper's clamp (appendix C.2; shared by its settings): concentrations with a margin.
inline constexpr double clamp_low = -1, clamp_high = 2;

template <kernels::Ode O, class Scalar>
using RowSolver = kernels::NewtonSor<kernels::ImplicitEuler<O, Scalar>>;

/// Solver: kernels::NewtonSor or kernels::Newton. With the paper's clamp, where it is asked for.
template <class Solver>
void set_clamp(Solver& solver, bool clamps) {
  using scalar = typename Solver::scalar;
  solver.clamps = clamps;
  if (!clamps) return;
  solver.low = scalar(clamp_low);
  solver.high = scalar(clamp_high);
}

/// Of the implicit Euler steps of a system, laid out as implicit_euler.hpp says.
template <class Solver>
Solver on_rows(typename Solver::scalar const* rows, bool clamps) {
  Solver solver;
  solver.system.row = Solver::System::of_rows(rows);
  set_clamp(solver, clamps);
  return solver;
}
template <kernels::Ode O, class Scalar>
RowSolver<O, Scalar> row_solver(Scalar const* rows, bool clamps) {
  return on_rows<RowSolver<O, Scalar>>(rows, clamps);
}

}  // namespace metasolve::integrate
