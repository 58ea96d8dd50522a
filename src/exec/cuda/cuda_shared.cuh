// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::exec {

/// The shared memory that a kernel was launched with, aligned to 16 bytes. A kernel has no other: which of it a launch
/// needs is then known in one place, and an emulated device (tests/emulated_device) has one thing to put in its stead.
__device__ inline unsigned char* shared_memory() {
  extern __shared__ __align__(16) unsigned char memory[];
  return memory;
}

}  // namespace metasolve::exec
