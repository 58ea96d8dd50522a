// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <cusparse.h>

#include <memory>

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

/// cuSPARSE on one stream of one device.
class CudaSparse {
 public:
  /// For the current device.
  explicit CudaSparse(cudaStream_t stream);
  ~CudaSparse();
  CudaSparse(CudaSparse const&) = delete;
  CudaSparse& operator=(CudaSparse const&) = delete;

  [[nodiscard]] cusparseHandle_t handle() const { return handle_; }
  [[nodiscard]] cudaStream_t stream() const { return stream_; }

 private:
  cusparseHandle_t handle_ = nullptr;
  cudaStream_t stream_;
};

/// sparse: null while planning. @throws InputError more than 2^31 - 1 entries in all blocks
std::unique_ptr<BlockProduct> make_block_product(Backend& backend, std::shared_ptr<CudaSparse> sparse,
                                                 BlockMatrix const& a);
std::unique_ptr<BlockSolve> make_block_solve(Backend& backend, std::shared_ptr<CudaSparse> sparse,
                                             BlockMatrix const& u);

}  // namespace metasolve::exec
