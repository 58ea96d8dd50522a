// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublasLt.h>
#include <cuda_runtime_api.h>

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

/// Products by cuBLASLt on one device. cublasDgemm chooses its algorithm anew for each number of rows. Here the
/// algorithm of a product whose rows are tasks (op_a no) is chosen once for all row counts, without splitting the inner
/// sum: a row's bits depend on that row alone. Products with op_a yes sum over tasks; their bits, and those of batches,
/// depend on the shapes alone. Where cuBLASLt has no such algorithm, plain_product is the fallback, also for all row
/// counts.
class CudaGemm {
 public:
  /// For the current device. Allocates the workspace.
  CudaGemm();
  ~CudaGemm();
  CudaGemm(CudaGemm const&) = delete;
  CudaGemm& operator=(CudaGemm const&) = delete;

  /// Asynchronous on the stream; may be captured; allocates nothing on the device.
  template <class Real>
  void run(Gemm<Real> const& g, cudaStream_t stream);

  struct Layouts;

 private:
  /// Inputs to the choice of algorithm; rows: 0 where it must not depend on them.
  struct Shape {
    cudaDataType type;
    bool transpose_a, transpose_b, accumulate;
    std::int64_t rows, n, k, lda, ldb, ldc, batch;
    std::uint32_t alignment;  ///< bytes, of all matrices
    auto operator<=>(Shape const&) const = default;
  };
  /// Empty: no algorithm.
  std::optional<cublasLtMatmulAlgo_t> const& algorithm(Shape const& shape, Layouts const& layouts,
                                                       cublasLtMatmulDescOpaque_t& operation);

  cublasLtHandle_t handle_ = nullptr;
  void* workspace_ = nullptr;
  std::map<Shape, std::optional<cublasLtMatmulAlgo_t>> algorithms_;
};

}  // namespace metasolve::exec
