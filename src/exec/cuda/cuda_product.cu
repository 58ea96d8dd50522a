// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_product.hpp"

#include <algorithm>

#include "metasolve/detail/exec/cuda/cuda_start.cuh"
#include "metasolve/detail/exec/plain_product.hpp"

namespace metasolve::exec {

namespace {

constexpr int columns_of_block = 32, rows_of_block = 8;

template <class Real>
__global__ void __launch_bounds__(columns_of_block* rows_of_block) multiply(__grid_constant__ Gemm<Real> const g) {
  std::int64_t const first_row = static_cast<std::int64_t>(blockIdx.y) * blockDim.y + threadIdx.y;
  std::int64_t const first_column = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (std::int64_t b = blockIdx.z; b < g.batch; b += gridDim.z) {
    for (std::int64_t row = first_row; row < g.m; row += static_cast<std::int64_t>(gridDim.y) * blockDim.y) {
      for (std::int64_t column = first_column; column < g.n;
           column += static_cast<std::int64_t>(gridDim.x) * blockDim.x) {
        g.c[b * g.stride_c + row * g.ldc + column] = product_element(g, b, row, column);
      }
    }
  }
}

/// Blocks along one side of the grid; more elements are handled by loops. 65535 is the limit of y and z.
unsigned blocks(std::int64_t elements, std::int64_t of_block) {
  return static_cast<unsigned>(std::min<std::int64_t>((elements + of_block - 1) / of_block, 65535));
}

}  // namespace

template <class Real>
void plain_product(Gemm<Real> const& g, cudaStream_t stream) {
  if (g.m <= 0 || g.n <= 0 || g.batch <= 0) return;
  start_kernel("launch a product",
               {dim3(blocks(g.n, columns_of_block), blocks(g.m, rows_of_block), blocks(g.batch, 1)),
                dim3(columns_of_block, rows_of_block), 0, stream},
               multiply<Real>, g);
}

template void plain_product(Gemm<float> const&, cudaStream_t);
template void plain_product(Gemm<double> const&, cudaStream_t);

}  // namespace metasolve::exec
