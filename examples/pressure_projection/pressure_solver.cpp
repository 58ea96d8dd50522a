// SPDX-License-Identifier: Apache-2.0
#include "pressure_solver.hpp"

#include <chrono>

namespace projection {

SolveResult PressureSolver::solve(Matrix const& a, CellVector const& rhs, CellVector& pressure, double tolerance) {
  auto const start = std::chrono::steady_clock::now();
  cg_.prepare(a);
  int const iterations = cg_.solve(rhs, pressure, tolerance);
  return {iterations, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

}  // namespace projection
