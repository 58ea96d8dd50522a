// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/detail/exec/block_diagonal.hpp"

/// Host loops of BlockProduct and BlockSolve over one row or one block.
namespace metasolve::exec {

inline std::int32_t const* columns_of(BlockMatrix const& a, std::int64_t block) {
  return a.own_columns ? a.col_idxs + block * a.entries : a.col_idxs;
}

/// (A v)_row; row counts over all blocks.
inline double row_of_product(BlockMatrix const& a, std::int64_t row, double const* v) {
  std::int64_t const block = row / a.unknowns, i = row % a.unknowns;
  auto const* const col_idxs = columns_of(a, block);
  double const* const values = a.values + block * a.entries;
  double const* const v_block = v + block * a.unknowns;
  double sum = 0;
  for (auto e = a.row_ptrs[i]; e < a.row_ptrs[i + 1]; ++e) sum += values[e] * v_block[col_idxs[e]];
  return sum;
}

/// For one block: to = U^-1 v or U^-T v. v and to span all blocks.
inline void solve_block(BlockMatrix const& u, std::int64_t block, bool transposed, double const* v, double* to) {
  auto const* const col_idxs = columns_of(u, block);
  double const* const values = u.values + block * u.entries;
  double* const x = to + block * u.unknowns;
  std::copy_n(v + block * u.unknowns, u.unknowns, x);
  if (transposed) {
    for (std::int32_t k = 0; k < u.unknowns; ++k) {
      double const x_k = x[k] /= values[u.row_ptrs[k]];
      for (auto e = u.row_ptrs[k] + 1; e < u.row_ptrs[k + 1]; ++e) x[col_idxs[e]] -= values[e] * x_k;
    }
    return;
  }
  for (std::int32_t k = u.unknowns - 1; k >= 0; --k) {
    double sum = x[k];
    for (auto e = u.row_ptrs[k] + 1; e < u.row_ptrs[k + 1]; ++e) sum -= values[e] * x[col_idxs[e]];
    x[k] = sum / values[u.row_ptrs[k]];
  }
}

}  // namespace metasolve::exec
