// SPDX-License-Identifier: Apache-2.0
#pragma once

// nvcc's extensions to C++, for g++: included before each .cu file compiled for the emulated device.

// The runtime's own passes arguments on without their types.
#define cudaLaunchKernelEx cudaLaunchKernelExOfTheRuntime
#include <cuda_runtime.h>
#undef cudaLaunchKernelEx
#include <cublasLt.h>
#include <cusolverDn.h>
#include <cusparse.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>

namespace emulated {

/// threadIdx, blockIdx, blockDim and gridDim of the running thread, x, y and z of each.
unsigned coordinate(int which);
template <int First>
struct Coordinates {
  template <int Which>
  struct Asked {
    operator unsigned() const { return coordinate(Which); }
  };
  [[no_unique_address]] Asked<First> x;
  [[no_unique_address]] Asked<First + 1> y;
  [[no_unique_address]] Asked<First + 2> z;
};
/// Lane of the running thread in its warp.
unsigned lane();

/// A synchronization point of a warp's threads. Each waits until all lanes of the mask are in the same kind of call
/// with the same mask; then each receives its result.
enum class Call : unsigned char { none, sync, ballot, shuffle, active, barrier };
std::uint64_t meet_warp(Call call, unsigned mask, std::uint64_t value, unsigned from_lane);
/// The lanes that are converged here.
unsigned active_mask();
/// Waits until that many threads of the block are at this barrier; 0: all of them.
void meet_block(unsigned barrier, unsigned threads);
unsigned char* shared_memory();
/// Adds x to *to; returns the previous value.
unsigned long long add_atomically(unsigned long long* to, unsigned long long x);
int exchange_atomically(int* to, int x);

/// One launch. arguments: a copy, which the kernel may read in place.
struct Launch {
  dim3 grid, block;
  std::size_t shared_bytes;
  cudaStream_t stream;
  void const* kernel;
  std::shared_ptr<void const> arguments;
  std::size_t argument_bytes;
  void (*run)(void const* kernel, void const* arguments);
};
cudaError_t launch(Launch const& launch);

template <class Number>
Number shuffle(unsigned mask, Number x, unsigned from) {
  static_assert(sizeof x <= sizeof(std::uint64_t));
  std::uint64_t bits = 0;
  __builtin_memcpy(&bits, &x, sizeof x);
  bits = meet_warp(Call::shuffle, mask, bits, from);
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}

}  // namespace emulated

constexpr emulated::Coordinates<0> threadIdx;
constexpr emulated::Coordinates<3> blockIdx;
constexpr emulated::Coordinates<6> blockDim;
constexpr emulated::Coordinates<9> gridDim;

// Standard headers included later do not know these words.
#undef __global__
#undef __device__
#undef __host__
#undef __shared__
#undef __launch_bounds__
#undef __grid_constant__
#define __global__
#define __device__
#define __host__
#define __shared__ static_assert(false, "a kernel's own shared memory is not emulated: exec::shared_memory()")
#define __launch_bounds__(...)
#define __grid_constant__
#define __CUDACC__
#define __CUDA_ARCH__ 900
#define __CUDA_ARCH_LIST__ 900

// The intrinsics are inlined, so that the call's location is the kernel's.
#define EMULATED_INTRINSIC [[gnu::always_inline]] inline

EMULATED_INTRINSIC void __syncthreads() { emulated::meet_block(0, 0); }
EMULATED_INTRINSIC void __syncwarp(unsigned mask = ~0u) { emulated::meet_warp(emulated::Call::sync, mask, 0, 0); }
EMULATED_INTRINSIC unsigned __ballot_sync(unsigned mask, bool x) {
  return static_cast<unsigned>(emulated::meet_warp(emulated::Call::ballot, mask, x ? 1 : 0, 0));
}
EMULATED_INTRINSIC unsigned __activemask() { return emulated::active_mask(); }
template <class Number>
EMULATED_INTRINSIC Number __shfl_sync(unsigned mask, Number x, int from, unsigned width = 32) {
  return emulated::shuffle(mask, x, emulated::lane() / width * width + static_cast<unsigned>(from) % width);
}
template <class Number>
EMULATED_INTRINSIC Number __shfl_xor_sync(unsigned mask, Number x, int other, unsigned width = 32) {
  unsigned const own = emulated::lane(), from = own ^ static_cast<unsigned>(other);
  return emulated::shuffle(mask, x, from / width == own / width ? from : own);
}
EMULATED_INTRINSIC unsigned long long atomicAdd(unsigned long long* to, unsigned long long x) {
  return emulated::add_atomically(to, x);
}
EMULATED_INTRINSIC int atomicExch(int* to, int x) { return emulated::exchange_atomically(to, x); }
EMULATED_INTRINSIC int __ffs(int x) { return __builtin_ffs(x); }
EMULATED_INTRINSIC int __popc(unsigned x) { return std::popcount(x); }
EMULATED_INTRINSIC int __double2hiint(double x) { return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 32); }
EMULATED_INTRINSIC double __hiloint2double(int high, int low) {
  return std::bit_cast<double>(std::uint64_t{static_cast<unsigned>(high)} << 32 | static_cast<unsigned>(low));
}
EMULATED_INTRINSIC float __fadd_rn(float a, float b) { return __builtin_assoc_barrier(a) + __builtin_assoc_barrier(b); }
EMULATED_INTRINSIC double __dadd_rn(double a, double b) {
  return __builtin_assoc_barrier(a) + __builtin_assoc_barrier(b);
}
EMULATED_INTRINSIC float __fmul_rn(float a, float b) { return __builtin_assoc_barrier(a * b); }
EMULATED_INTRINSIC double __dmul_rn(double a, double b) { return __builtin_assoc_barrier(a * b); }
EMULATED_INTRINSIC unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>(std::uint64_t{a} * b >> 32);
}
EMULATED_INTRINSIC unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<unsigned long long>(static_cast<Wide>(a) * b >> 64);
}

// Runtime functions that only nvcc provides.
template <class... Parameters, class... Arguments>
cudaError_t cudaLaunchKernelEx(cudaLaunchConfig_t const* config, void (*kernel)(Parameters...), Arguments&&... given) {
  static_assert((std::is_trivially_copyable_v<Parameters> && ...), "arguments are copied as bytes");
  using Copy = std::tuple<Parameters...>;
  return emulated::launch({config->gridDim, config->blockDim, config->dynamicSmemBytes, config->stream,
                           reinterpret_cast<void const*>(kernel), std::make_shared<Copy const>(given...), sizeof(Copy),
                           [](void const* k, void const* arguments) {
                             std::apply(reinterpret_cast<void (*)(Parameters...)>(const_cast<void*>(k)),
                                        *static_cast<Copy const*>(arguments));
                           }});
}
template <class... Parameters>
cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* to, void (*kernel)(Parameters...)) {
  return cudaFuncGetAttributes(to, reinterpret_cast<void const*>(kernel));
}
