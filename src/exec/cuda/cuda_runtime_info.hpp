// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

/// What this build and this machine know of CUDA. Plain C++, also in a build without CUDA.
namespace metasolve::exec {

struct CudaDeviceInfo {
  int index = 0;
  std::string name;
  int compute_capability = 0;  ///< 90 for 9.0
  std::size_t memory_bytes = 0;
  int multiprocessors = 0;
};

struct CudaRuntimeInfo {
  bool built = false;     ///< this build can use CUDA devices
  std::string toolkit;    ///< "13.0"; "not built" without CUDA
  std::string driver;     ///< newest CUDA version that the driver serves; "none" without a driver
  std::string built_for;  ///< "sm_90"; empty without CUDA
  std::string problem;    ///< why devices is empty, with the remedy; empty if it is not
  std::vector<CudaDeviceInfo> devices;
};

/// Never throws for a missing driver or device. @throws DeviceError a device that is there cannot be asked
CudaRuntimeInfo cuda_runtime_info();

/// Devices that the driver offers; 0 without a driver or a build with CUDA.
int cuda_device_count() noexcept;

}  // namespace metasolve::exec
