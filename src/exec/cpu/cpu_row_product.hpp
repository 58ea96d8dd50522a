// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

/// Rows first ... first + rows - 1 of the product g with rows_alone. Each entry of C is one chain of multiply-adds over
/// k, in order; its bits depend on its row of A alone, not on its position or the other rows. A BLAS guarantees less:
/// OpenBLAS 0.3.21 changes a row's summation order with its position in a block, in single precision in its kernel for
/// Haswell and Zen, in double precision in that for SkylakeX. Allocates nothing. Thread-safe.
template <class Real>
void row_product(Gemm<Real> const& g, std::int64_t first, std::int64_t rows);

extern template void row_product(Gemm<float> const&, std::int64_t, std::int64_t);
extern template void row_product(Gemm<double> const&, std::int64_t, std::int64_t);

}  // namespace metasolve::exec
