// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "metasolve/linear_solver.hpp"

/// Random linear systems, and what tests compare with.
namespace metasolve::test {

/// Systems A x = b of one pattern in compressed rows.
struct LinearSystems {
  std::size_t n = 0, count = 0;
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  std::vector<double> values, rhs;  ///< [count][entries], [count][n]

  [[nodiscard]] Pattern pattern() const { return {row_ptrs, col_idxs}; }
  [[nodiscard]] std::int64_t entries() const { return static_cast<std::int64_t>(col_idxs.size()); }
  [[nodiscard]] double* values_of(std::size_t k) { return values.data() + k * col_idxs.size(); }
  [[nodiscard]] double const* values_of(std::size_t k) const { return values.data() + k * col_idxs.size(); }

  /// A_k, dense by rows. lower: of a pattern whose upper triangle is not read, or absent.
  [[nodiscard]] std::vector<double> dense(std::size_t k, bool lower) const;
  /// ||b - A x|| / ||b||
  [[nodiscard]] double residual(std::size_t k, bool lower, double const* x, bool transposed = false) const;
};

/// How A_k is made.
struct SystemKind {
  LinearSolver::Matrix matrix = LinearSolver::Matrix::general;
  bool lower_alone = false;  ///< the pattern is the lower triangle
  double density = 0.1;      ///< of the entries off the diagonal
  double diagonal = 1.5;     ///< |a_ii| over the sum of the row's others; below 1: not dominant
};
/// Symmetric: diagonals of both signs; positive definite: positive; general: of both signs.
LinearSystems random_linear_systems(std::size_t n, std::size_t count, SystemKind const& kind, unsigned seed);

/// x of a dense system by Gaussian elimination with partial pivoting, in long double.
std::vector<double> dense_solution(std::vector<double> const& a, double const* b, std::size_t n,
                                   bool transposed = false);

}  // namespace metasolve::test
