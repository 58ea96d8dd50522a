// SPDX-License-Identifier: Apache-2.0
#pragma once

#if defined(__CUDACC__)

/// Operations for which CUDA C++ has no function. Included as <metasolve/kernels/simd/ptx.hpp>, so that a device
/// compiler without PTX can be given another file (tests/emulated_device).
namespace metasolve::kernels::ptx {

/// 1 / b and 1 / sqrt(x) to about 20 bits, from the upper halves of b and x.
__device__ inline double reciprocal(double b) {
  double r = 0;
  asm("rcp.approx.ftz.f64 %0, %1;" : "=d"(r) : "d"(b));
  return r;
}
__device__ inline double reciprocal_root(double x) {
  double y = 0;
  asm("rsqrt.approx.ftz.f64 %0, %1;" : "=d"(y) : "d"(x));
  return y;
}

/// x, opaque to the optimizer.
__device__ inline float opaque(float x) {
  asm volatile("" : "+f"(x));
  return x;
}
__device__ inline double opaque(double x) {
  asm volatile("" : "+d"(x));
  return x;
}

/// Synchronizes the first Threads threads of a block at one of its barriers 1 to 15. 0 is __syncthreads'.
template <int Barrier, int Threads>
__device__ void sync_first() {
  asm volatile("bar.sync %0, %1;" ::"n"(Barrier), "n"(Threads) : "memory");
}

}  // namespace metasolve::kernels::ptx

#endif
