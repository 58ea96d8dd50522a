// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A function compiled for host and device.
#if defined(__CUDACC__)
#define METASOLVE_HD __host__ __device__
#else
#define METASOLVE_HD
#endif

/// A function that must give two callers the same bits: if inlined into each, products and sums might be fused in one
/// and not in the other.
#if defined(__CUDACC__)
#define METASOLVE_SAME_BITS
#else
#define METASOLVE_SAME_BITS [[gnu::noinline]]
#endif

/// The body of a loop over registers: not inlined, it would have its registers in memory. Compilers inline it
/// automatically only into small loops; nvcc everywhere.
#if defined(__CUDACC__)
#define METASOLVE_INLINE
#else
#define METASOLVE_INLINE [[gnu::always_inline]]
#endif

/// In device code: a loop whose array must stay in registers. A CPU has too few of them, and a first-level cache.
#if defined(__CUDA_ARCH__)
#define METASOLVE_UNROLL _Pragma("unroll")
#else
#define METASOLVE_UNROLL
#endif

/// In device code: a loop that is long enough as it is. nvcc would unroll it four times, which takes it minutes where a
/// kernel has a hundred of them.
#if defined(__CUDA_ARCH__)
#define METASOLVE_ROLLED _Pragma("unroll 1")
#else
#define METASOLVE_ROLLED
#endif

/// A function that a kernel calls from many places, each time for thousands of clock cycles: inlined everywhere it
/// fills the instruction cache, spills registers, and takes nvcc a minute. A CPU's compiler decides for itself.
#if defined(__CUDACC__)
#define METASOLVE_CALLED_ON_DEVICE __attribute__((noinline))
#else
#define METASOLVE_CALLED_ON_DEVICE
#endif
