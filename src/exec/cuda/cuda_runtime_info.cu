// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_runtime_info.hpp"

#include <cuda_runtime_api.h>

#include "metasolve/detail/exec/cuda/cuda_architectures.hpp"
#include "metasolve/detail/exec/cuda/cuda_check.hpp"

namespace metasolve::exec {

namespace {
/// 13000 as "13.0".
std::string version(int number) { return std::to_string(number / 1000) + "." + std::to_string(number % 1000 / 10); }
}  // namespace

CudaRuntimeInfo cuda_runtime_info() {
  CudaRuntimeInfo info;
  info.toolkit = version(CUDART_VERSION);
  info.built_for = built_architectures();
  int driver = 0;
  check(cudaDriverGetVersion(&driver), "ask for the driver's version");
  info.driver = driver == 0 ? "none" : version(driver);

  int count = 0;
  cudaError_t const status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    info.problem = no_device_message(status);
    // The failure is reported in the text above and must not reach the next call.
    [[maybe_unused]] cudaError_t const told = cudaGetLastError();
    return info;
  }
  for (int i = 0; i < count; ++i) {
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, i), "ask for a device's properties");
    info.devices.push_back({i, properties.name, 10 * properties.major + properties.minor, properties.totalGlobalMem,
                            properties.multiProcessorCount});
  }
  return info;
}

int cuda_device_count() noexcept {
  int count = 0;
  if (cudaGetDeviceCount(&count) == cudaSuccess) return count;
  // No driver and no device both mean 0 here; the failure must not reach the next call.
  [[maybe_unused]] cudaError_t const told = cudaGetLastError();
  return 0;
}

}  // namespace metasolve::exec
