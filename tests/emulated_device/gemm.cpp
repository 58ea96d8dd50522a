// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_gemm.hpp"
#include "metasolve/detail/exec/plain_product.hpp"
#include "tests/emulated_device/device.hpp"

/// In place of cuda_gemm.cu and its cuBLAS: the project's own product, element by element as its kernel computes them
/// (which tests/exec/cuda_exec_test.cu runs), without a fiber for each.
namespace metasolve::exec {

CudaGemm::CudaGemm() = default;
CudaGemm::~CudaGemm() = default;

template <class Real>
void CudaGemm::run(Gemm<Real> const& g, cudaStream_t stream) {
  if (g.m <= 0 || g.n <= 0 || g.batch <= 0) return;
  emulated::enqueue(stream, [g] {
    auto const require = [&](Real const* p, std::int64_t rows, std::int64_t columns, std::int64_t ld,
                             std::int64_t stride) {
      std::int64_t const numbers = (g.batch - 1) * stride + (rows - 1) * ld + columns;
      if (columns > ld && rows > 1) emulated::fail("a product of a matrix whose rows overlap");
      emulated::require_device(p, static_cast<std::size_t>(numbers) * sizeof(Real), "a matrix");
    };
    std::int64_t const rows = g.rows_alone ? padded_rows(g.m) : g.m;  // rows that cuBLAS would access
    bool const a_turned = g.op_a == Transpose::yes, b_turned = g.op_b == Transpose::yes;
    if (g.k > 0) {
      require(g.a, a_turned ? g.k : rows, a_turned ? rows : g.k, g.lda, g.stride_a);
      require(g.b, b_turned ? g.n : g.k, b_turned ? g.k : g.n, g.ldb, g.stride_b);
    }
    require(g.c, rows, g.n, g.ldc, g.stride_c);
    for (std::int64_t b = 0; b < g.batch; ++b) {
      for (std::int64_t i = 0; i < g.m; ++i) {
        for (std::int64_t j = 0; j < g.n; ++j) g.c[b * g.stride_c + i * g.ldc + j] = product_element(g, b, i, j);
      }
    }
  });
}
template void CudaGemm::run(Gemm<float> const&, cudaStream_t);
template void CudaGemm::run(Gemm<double> const&, cudaStream_t);

}  // namespace metasolve::exec
