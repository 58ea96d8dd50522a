// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pressure_system.hpp"

namespace projection {

/// Conjugate gradients with a modified incomplete Cholesky factorisation without fill, MIC(tau).
class MicCg {
 public:
  MicCg(int n, double tau);

  /// Factorises A. Until the next call, solve() is for this matrix.
  void prepare(Matrix const& a);

  /// x: initial guess, and afterwards the solution, ||rhs - A x|| <= tolerance ||rhs||. Returns iterations; -1: the
  /// limit was reached.
  int solve(CellVector const& rhs, CellVector& x, double tolerance, int limit = 3000);

 private:
  double tau_;
  Matrix const* a_ = nullptr;
  // L = (D + strictly lower part of A) with D the pivots: 1 / D, and A's entries left, below, right and above over D.
  CellVector inverse_, left_, below_, right_, above_;
  CellVector r_, z_, p_, q_;

  void precondition();  ///< z = (L D^-1 L')^-1 r
};

}  // namespace projection
