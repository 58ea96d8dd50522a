// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "src/exec/cuda/cuda_runtime_info.hpp"
#include "src/exec/open.hpp"

/// Stands for the CUDA sources in a build without CUDA.
namespace metasolve::exec {

namespace {
constexpr auto missing =
    "this metasolve was built without CUDA; configure it again where the CUDA toolkit (nvcc) is installed, "
    "or use the device \"cpu\"";
}

std::shared_ptr<Backend> open_cuda(int, void*) { throw DeviceError(missing); }

CudaRuntimeInfo cuda_runtime_info() {
  CudaRuntimeInfo info;
  info.toolkit = "not built";
  info.driver = "not asked";
  info.problem = missing;
  return info;
}

int cuda_device_count() noexcept { return 0; }

}  // namespace metasolve::exec
