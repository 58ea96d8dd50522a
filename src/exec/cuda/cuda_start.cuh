// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <type_traits>

#include "metasolve/detail/exec/cuda/cuda_check.hpp"

namespace metasolve::exec {

struct KernelShape {
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
};

/// Starts a kernel and checks this launch alone: after <<<>>>, cudaGetLastError would also return an earlier failure of
/// the program's own calls. what: such as "launch a sum".
template <class... Parameters>
void start_kernel(char const* what, KernelShape const& shape, void (*kernel)(Parameters...),
                  std::type_identity_t<Parameters>... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = shape.stream;
  check(cudaLaunchKernelEx(&config, kernel, arguments...), what);
}

}  // namespace metasolve::exec
