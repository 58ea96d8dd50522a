// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <string>

/// What this build's device code runs on.
namespace metasolve::exec {

/// The architectures that nvcc compiled for, such as "sm_90, sm_100".
inline std::string built_architectures() {
  std::string list;
  for (int const architecture : {__CUDA_ARCH_LIST__}) {
    list += (list.empty() ? "sm_" : ", sm_") + std::to_string(architecture / 10);
  }
  return list;
}

/// Why cudaGetDeviceCount failed, and what to do.
inline std::string no_device_message(cudaError_t status) {
  if (status == cudaErrorInsufficientDriver) {
    return "there is no NVIDIA driver, or it is older than this build's CUDA " + std::to_string(CUDART_VERSION / 1000) +
           " needs; install a newer driver, or use the device \"cpu\"";
  }
  if (status == cudaErrorNoDevice) {
    return "the NVIDIA driver offers no device; check nvidia-smi and CUDA_VISIBLE_DEVICES, or use the device \"cpu\"";
  }
  return std::string("the NVIDIA driver cannot be asked for devices: ") + cudaGetErrorString(status) +
         "; check nvidia-smi, or use the device \"cpu\"";
}

}  // namespace metasolve::exec
