// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include "src/exec/backend.hpp"

namespace metasolve::exec {

/// g by product_element, a thread an element: for products that no library has an algorithm for. Many times slower than
/// one. Asynchronous on the stream; may be captured; does not allocate.
template <class Real>
void plain_product(Gemm<Real> const& g, cudaStream_t stream);

}  // namespace metasolve::exec
