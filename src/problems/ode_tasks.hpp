// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>

#include "kernels/ode_problem.hpp"

namespace metasolve::problems {

/// The bounds of the paper's clamp (appendix C.2; shared by its settings): concentrations with a margin.
inline constexpr double clamp_low = -1, clamp_high = 2;

template <kernels::Ode O, class Scalar>
using OdeSolver = kernels::NewtonSor<kernels::ImplicitEuler<O, Scalar>>;

/// Solver: kernels::NewtonSor or kernels::Newton of the implicit Euler steps of a system.
template <class Solver>
Solver on_rows(typename Solver::scalar const* rows, bool clamps) {
  using scalar = typename Solver::scalar;
  Solver solver;
  solver.system.row = Solver::System::of_rows(rows);
  solver.clamps = clamps;
  if (clamps) {
    solver.low = scalar(clamp_low);
    solver.high = scalar(clamp_high);
  }
  return solver;
}
template <kernels::Ode O, class Scalar>
OdeSolver<O, Scalar> ode_solver(Scalar const* rows, bool clamps) {
  return on_rows<OdeSolver<O, Scalar>>(rows, clamps);
}

/// Implicit Euler steps of one system, on the host, made on demand in any order.
template <kernels::Ode O>
struct OdeTasks {
  std::int64_t count = 0;
  bool clamps = true;
  /// Tasks first ... first + n - 1: rows [n][ImplicitEuler::columns], the relaxation factor of the default parameters
  /// with them.
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

}  // namespace metasolve::problems
