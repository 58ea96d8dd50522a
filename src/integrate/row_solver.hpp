// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/kernels/problems/implicit_euler.hpp"
#include "metasolve/kernels/solvers/newton_sor.hpp"

namespace metasolve::integrate {

/// Bounds of the paper's clamp (appendix C.2; the same in all its settings): concentrations with a margin.
inline constexpr double clamp_low = -1, clamp_high = 2;

template <kernels::Ode O, class Scalar>
using RowSolver = kernels::NewtonSor<kernels::ImplicitEuler<O, Scalar>>;

/// Solver: kernels::NewtonSor or kernels::Newton. Sets the paper's clamp if requested.
template <class Solver>
void set_clamp(Solver& solver, bool clamps) {
  using scalar = typename Solver::scalar;
  solver.clamps = clamps;
  if (!clamps) return;
  solver.low = scalar(clamp_low);
  solver.high = scalar(clamp_high);
}

/// A solver for the implicit Euler steps of a system, in the layout of implicit_euler.hpp.
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
