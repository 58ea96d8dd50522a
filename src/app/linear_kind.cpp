// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/linear_kind.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using Matrix = LinearSolver::Matrix;
using LinearMethod = LinearSolver::Method;
using sparse::at;

/// @throws InputError two entries differ by more than rounding
void require_symmetric(matrices::LinearSystem const& system) {
  auto const& pattern = *system.pattern;
  if (sparse::kind_of(pattern, system.values) != sparse::MatrixKind::general) return;
  auto const value = [&](std::int32_t i, std::int32_t j) {
    auto const e = pattern.find(i, j);
    return e < 0 ? 0.0 : system.values[at(e)];
  };
  for (std::int32_t i = 0; i < pattern.rows(); ++i) {
    for (auto e = pattern.row_ptrs[at(i)]; e < pattern.row_ptrs[at(i) + 1]; ++e) {
      auto const j = pattern.col_idxs[at(e)];
      constexpr double rounding = 1e-12;
      double const one = system.values[at(e)], other = value(j, i);
      double const size = std::max(
          {std::abs(one), std::abs(other), std::sqrt(std::abs(value(i, i))) * std::sqrt(std::abs(value(j, j)))});
      if (j == i || std::abs(one - other) <= rounding * size || std::isnan(one) || std::isnan(other)) continue;
      throw InputError(
          system.name + ": entry (" + std::to_string(i + 1) + ", " + std::to_string(j + 1) + ") is " +
          io::shortest(one) + ", its mirror image " + io::shortest(other) +
          ": the matrix is not symmetric; solve it with --matrix general and --method lu, bicgstab or gmres");
    }
  }
}

Matrix matrix_of_method(LinearMethod method) {
  if (method == LinearMethod::cholesky || method == LinearMethod::cg) return Matrix::positive_definite;
  return method == LinearMethod::ldl ? Matrix::symmetric : Matrix::general;
}

}  // namespace

Matrix matrix_for(matrices::LinearSystem const& system, LinearChoices const& choices) {
  if (may_be_general(choices)) {
    return sparse::kind_of(*system.pattern, system.values) == sparse::MatrixKind::positive_diagonal
               ? Matrix::positive_definite
               : Matrix::general;
  }
  auto const matrix = choices.matrix.value_or(matrix_of_method(choices.options.method));
  if (matrix != Matrix::general) require_symmetric(system);
  return matrix;
}

bool may_be_general(LinearChoices const& choices) {
  return !choices.matrix && choices.options.method == LinearMethod::automatic;
}

}  // namespace metasolve::app
