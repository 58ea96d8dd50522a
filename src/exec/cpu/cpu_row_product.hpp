// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/exec/backend.hpp"

namespace metasolve::exec {

/// Rows first ... first + rows - 1 of the product g, whose rows stand alone (Gemm::rows_alone). Each entry of C is one
/// chain of multiply-adds over k, in order: its bits are those of its row of A, whichever other rows there are and
/// wherever it stands. A BLAS promises less: OpenBLAS 0.3.21 adds a row up in another order where it stands elsewhere
/// in a block, in single precision by its kernel for Haswell and Zen, in double precision by that for SkylakeX. Takes
/// no memory. Any number of threads at once.
template <class Real>
void row_product(Gemm<Real> const& g, std::int64_t first, std::int64_t rows);

extern template void row_product(Gemm<float> const&, std::int64_t, std::int64_t);
extern template void row_product(Gemm<double> const&, std::int64_t, std::int64_t);

}  // namespace metasolve::exec
