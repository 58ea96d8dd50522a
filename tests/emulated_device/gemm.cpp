// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cuda_gemm.hpp"
#include "src/exec/cuda_product.hpp"

/// In the place of cuda_gemm.cu: a cuBLAS that has no algorithm, for which the project's own product stands in.
namespace metasolve::exec {

CudaGemm::CudaGemm() = default;
CudaGemm::~CudaGemm() = default;
template <class Real>
void CudaGemm::run(Gemm<Real> const& g, cudaStream_t stream) {
  plain_product(g, stream);
}
template void CudaGemm::run(Gemm<float> const&, cudaStream_t);
template void CudaGemm::run(Gemm<double> const&, cudaStream_t);

}  // namespace metasolve::exec
