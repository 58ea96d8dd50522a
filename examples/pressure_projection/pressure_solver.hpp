// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <metasolve/pressure_solver.hpp>
#include <string>

#include "pressure_system.hpp"

namespace projection {

struct SolveResult {
  int iterations;  ///< -1: not solved
  double seconds;  ///< set-up, inference and iterations
};

/// All that the program knows of the solver of its pressure systems: metasolve's, one task at a time on one thread.
class PressureSolver {
 public:
  using Preconditioner = metasolve::PressureSolver::Preconditioner;

  /// model: a trained meta-solver, or a run's folder, for modified_cholesky; empty: none.
  PressureSolver(int n, std::string const& model);

  /// pressure: the guess, and afterwards the solution, ||rhs - A p|| <= tolerance ||rhs||. predicts: the meta-solver
  /// corrects the guess first.
  SolveResult solve(PressureSystem const& system, CellVector const& rhs, CellVector& pressure, double tolerance,
                    Preconditioner preconditioner = Preconditioner::multigrid, bool predicts = false);

 private:
  metasolve::Executor executor_;
  metasolve::PressureSolver multigrid_, modified_cholesky_;
};

}  // namespace projection
