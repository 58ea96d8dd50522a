// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/kernels/simd/hd.hpp"

namespace metasolve::exec {

/// Element (row, column) of product b of the batch: one chain of multiply-adds over k, in order. Its bits depend only
/// on its row of A and column of B, and equal those of row_product (cpu_row_product.hpp) on a CPU with multiply-adds.
template <class Real>
METASOLVE_HD Real product_element(Gemm<Real> const& g, std::int64_t b, std::int64_t row, std::int64_t column) {
  bool const turns_a = g.op_a == Transpose::yes, turns_b = g.op_b == Transpose::yes;
  Real const* const of_a = g.a + b * g.stride_a + row * (turns_a ? 1 : g.lda);
  Real const* const of_b = g.b + b * g.stride_b + column * (turns_b ? g.ldb : 1);
  std::int64_t const along_a = turns_a ? g.lda : 1, along_b = turns_b ? 1 : g.ldb;
  Real sum(0);
  for (std::int64_t k = 0; k < g.k; ++k) sum = std::fma(of_a[k * along_a], of_b[k * along_b], sum);
  sum *= g.alpha;
  // With beta = 0, C is not read: it may be NaN.
  return g.beta == Real(0) ? sum : sum + g.beta * g.c[b * g.stride_c + row * g.ldc + column];
}

}  // namespace metasolve::exec
