// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::exec {

/// The dynamic shared memory of a kernel, aligned to 16 bytes. Kernels use no other: the size for a launch is computed
/// in one place, and an emulated device (tests/emulated_device) has one thing to replace.
__device__ inline unsigned char* shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

}  // namespace metasolve::exec
