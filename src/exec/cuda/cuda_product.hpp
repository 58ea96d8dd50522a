// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

/// g by product_element, one thread per element: the fallback for products without a library algorithm, and many times
/// slower. Asynchronous on the stream; may be captured; does not allocate.
template <class Real>
void plain_product(Gemm<Real> const& g, cudaStream_t stream);

}  // namespace metasolve::exec
