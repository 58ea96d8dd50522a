// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_api.h>
#include <cuda_runtime_api.h>

#include <new>
#include <source_location>

namespace metasolve::exec {

/// @throws DeviceError status is a failure. what: what was attempted, as in "allocate 3 bytes".
void check(cudaError_t status, char const* what, std::source_location where = std::source_location::current());
void check(cublasStatus_t status, char const* what, std::source_location where = std::source_location::current());

/// For destructors, which cannot throw: a failure is written to stderr.
void report(cudaError_t status, char const* what) noexcept;
void report(cublasStatus_t status, char const* what) noexcept;

/// Makes a device current for this thread, and on destruction the one that was before.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device);
  /// For destructors: reports in place of throwing.
  CurrentDevice(int device, std::nothrow_t) noexcept;
  ~CurrentDevice();
  CurrentDevice(CurrentDevice const&) = delete;
  CurrentDevice& operator=(CurrentDevice const&) = delete;

 private:
  int former_ = 0;
  bool changed_ = false;
};

}  // namespace metasolve::exec
