// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A function that host and device compile.
#if defined(__CUDACC__)
#define METASOLVE_HD __host__ __device__
#else
#define METASOLVE_HD
#endif

/// A function that two callers must take the same bits from: inlined into each, products and sums might be fused in one
/// of them and not in the other.
#if defined(__CUDACC__)
#define METASOLVE_SAME_BITS
#else
#define METASOLVE_SAME_BITS [[gnu::noinline]]
#endif

/// What a loop over registers does each time: called, it would find its registers in memory. Compilers inline it by
/// themselves into small loops alone; nvcc everywhere.
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

/// What a kernel calls from many places, each time for thousands of clock cycles: inlined into all of them it fills the
/// instruction cache, spills registers, and takes nvcc a minute. A CPU's compiler judges for itself.
#if defined(__CUDACC__)
#define METASOLVE_CALLED_ON_DEVICE __attribute__((noinline))
#else
#define METASOLVE_CALLED_ON_DEVICE
#endif
