// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mic_cg.hpp"

namespace projection {

struct SolveResult {
  int iterations;  ///< -1: not solved
  double seconds;  ///< factorisation and iterations
};

/// All that the program knows of the solver of its pressure systems.
class PressureSolver {
 public:
  explicit PressureSolver(int n) : cg_(n, 0.97) {}

  /// pressure: the guess, and afterwards the solution, ||rhs - A p|| <= tolerance ||rhs||.
  SolveResult solve(Matrix const& a, CellVector const& rhs, CellVector& pressure, double tolerance);

 private:
  MicCg cg_;
};

}  // namespace projection
