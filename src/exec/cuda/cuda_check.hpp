// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cublas_api.h>
#include <cuda_runtime_api.h>

#include <new>
#include <source_location>

namespace metasolve::exec {

/// @throws DeviceError status is a failure. what: the attempted operation, such as "allocate 3 bytes".
void check(cudaError_t status, char const* what, std::source_location where = std::source_location::current());
void check(cublasStatus_t status, char const* what, std::source_location where = std::source_location::current());

/// For destructors, which must not throw: writes a failure to stderr.
void report(cudaError_t status, char const* what) noexcept;
void report(cublasStatus_t status, char const* what) noexcept;

/// Makes a device current for this thread; the destructor restores the previous one.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device);
  /// For destructors: reports instead of throwing.
  CurrentDevice(int device, std::nothrow_t) noexcept;
  ~CurrentDevice();
  CurrentDevice(CurrentDevice const&) = delete;
  CurrentDevice& operator=(CurrentDevice const&) = delete;

 private:
  int former_ = 0;
  bool changed_ = false;
};

}  // namespace metasolve::exec
