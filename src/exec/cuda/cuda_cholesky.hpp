// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <cusolverDn.h>

#include "src/exec/backend.hpp"

namespace metasolve::exec {

/// Batches of Cholesky factorisations by cuSOLVER on one device.
class CudaCholesky {
 public:
  /// For the current device.
  CudaCholesky();
  ~CudaCholesky();
  CudaCholesky(CudaCholesky const&) = delete;
  CudaCholesky& operator=(CudaCholesky const&) = delete;

  /// For at most so many matrices in one call. Allocates; waits.
  void reserve(std::int64_t batch);
  /// As Backend::cholesky and cholesky_solve; asynchronous on the stream.
  void factor(SymmetricBatch const& a, std::int32_t* info, cudaStream_t stream);
  void solve(SymmetricBatch const& factors, double* right_sides, std::int32_t const* info, cudaStream_t stream);

 private:
  void require(SymmetricBatch const& a) const;

  cusolverDnHandle_t handle_ = nullptr;
  std::int64_t capacity_ = 0;
  double** matrices_ = nullptr;     ///< [capacity] on the device
  double** right_sides_ = nullptr;  ///< [capacity] on the device
  int* argument_info_ = nullptr;    ///< one number on the device
};

}  // namespace metasolve::exec
