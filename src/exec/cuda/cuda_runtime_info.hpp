// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

/// CUDA properties of this build and this machine, in plain C++.
namespace metasolve::exec {

class Backend;

struct CudaDeviceInfo {
  int index = 0;
  std::string name;
  int compute_capability = 0;  ///< 90 for 9.0
  std::size_t memory_bytes = 0;
  int multiprocessors = 0;
};

struct CudaRuntimeInfo {
  std::string toolkit;    ///< "13.0"
  std::string driver;     ///< newest CUDA version that the driver supports; "none" without a driver
  std::string built_for;  ///< "sm_90"
  std::string problem;    ///< why devices is empty, and the remedy; else empty
  std::vector<CudaDeviceInfo> devices;
};

/// Does not throw for a missing driver or device. @throws DeviceError a present device cannot be queried
CudaRuntimeInfo cuda_runtime_info();

/// Devices that the driver reports; 0 without a driver.
int cuda_device_count() noexcept;

/// The CUDA executor. stream: a cudaStream_t, not owned; null: one of its own.
/// @throws DeviceError as Executor::cuda
std::shared_ptr<Backend> open_cuda(int device, void* stream);

}  // namespace metasolve::exec
