// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime.h>

#include <source_location>
#include <type_traits>

#include "src/exec/cuda_check.hpp"

namespace metasolve::exec {

struct KernelShape {
  dim3 grid, block;
  std::size_t shared_bytes = 0;
  cudaStream_t stream = nullptr;
};

/// Starts a kernel and checks this launch alone: after <<<>>>, cudaGetLastError would also tell what an earlier call of
/// the program's own has left behind. what: as in "launch a sum".
template <class... Parameters>
void start_kernel(char const* what, KernelShape const& shape, void (*kernel)(Parameters...),
                  std::type_identity_t<Parameters>... arguments) {
  cudaLaunchConfig_t config{};
  config.gridDim = shape.grid;
  config.blockDim = shape.block;
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = shape.stream;
  void* pointers[] = {const_cast<void*>(static_cast<void const*>(&arguments))...};
  check(cudaLaunchKernelExC(&config, reinterpret_cast<void const*>(kernel), pointers), what);
}

}  // namespace metasolve::exec
