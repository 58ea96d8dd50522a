// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack.hpp"

/// exp, log and tanh of a pack, by the libmvec of glibc 2.35 or later (at most 4 units in the last place), under its
/// documented vector-ABI names; elsewhere lane by lane.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(METASOLVE_NO_LIBMVEC)
#if __GLIBC_PREREQ(2, 35)
#define METASOLVE_LIBMVEC 1
#endif
#endif
#if defined(METASOLVE_LIBMVEC)
// NOLINTBEGIN(bugprone-reserved-identifier): glibc's own names
extern "C" {
#if defined(__AVX512F__)
__m512d _ZGVeN8v_exp(__m512d);
__m512d _ZGVeN8v_log(__m512d);
__m512 _ZGVeN16v_expf(__m512);
__m512 _ZGVeN16v_logf(__m512);
__m512d _ZGVeN8v_tanh(__m512d);
__m512 _ZGVeN16v_tanhf(__m512);
#elif defined(__AVX2__)
__m256d _ZGVdN4v_exp(__m256d);
__m256d _ZGVdN4v_log(__m256d);
__m256 _ZGVdN8v_expf(__m256);
__m256 _ZGVdN8v_logf(__m256);
__m256d _ZGVdN4v_tanh(__m256d);
__m256 _ZGVdN8v_tanhf(__m256);
#endif
}
// NOLINTEND(bugprone-reserved-identifier)
#endif

namespace metasolve::kernels {

template <class T, int W>
Pack<T, W> exp(Pack<T, W> x) {
#if defined(METASOLVE_LIBMVEC) && defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_ZGVeN8v_exp(x.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_ZGVeN16v_expf(x.value));
#elif defined(METASOLVE_LIBMVEC) && defined(__AVX2__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_ZGVdN4v_exp(x.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_ZGVdN8v_expf(x.value));
#endif
  for (int l = 0; l < W; ++l) x.value[l] = exp(static_cast<T>(x.value[l]));
  return x;
}

template <class T, int W>
Pack<T, W> log(Pack<T, W> x) {
#if defined(METASOLVE_LIBMVEC) && defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_ZGVeN8v_log(x.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_ZGVeN16v_logf(x.value));
#elif defined(METASOLVE_LIBMVEC) && defined(__AVX2__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_ZGVdN4v_log(x.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_ZGVdN8v_logf(x.value));
#endif
  for (int l = 0; l < W; ++l) x.value[l] = log(static_cast<T>(x.value[l]));
  return x;
}

template <class T, int W>
Pack<T, W> tanh(Pack<T, W> x) {
#if defined(METASOLVE_LIBMVEC) && defined(__AVX512F__)
  if constexpr (sizeof(T) == 8 && W == 8) return Pack<T, W>::from(_ZGVeN8v_tanh(x.value));
  if constexpr (sizeof(T) == 4 && W == 16) return Pack<T, W>::from(_ZGVeN16v_tanhf(x.value));
#elif defined(METASOLVE_LIBMVEC) && defined(__AVX2__)
  if constexpr (sizeof(T) == 8 && W == 4) return Pack<T, W>::from(_ZGVdN4v_tanh(x.value));
  if constexpr (sizeof(T) == 4 && W == 8) return Pack<T, W>::from(_ZGVdN8v_tanhf(x.value));
#endif
  for (int l = 0; l < W; ++l) x.value[l] = tanh(static_cast<T>(x.value[l]));
  return x;
}

}  // namespace metasolve::kernels
