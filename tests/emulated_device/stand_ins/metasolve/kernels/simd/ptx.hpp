// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

/// In place of kernels/simd/ptx.hpp.
namespace metasolve::kernels::ptx {

/// Computed from the upper half only, and rounded to it.
inline double upper_half(double x) { return __hiloint2double(__double2hiint(x), 0); }
inline double reciprocal(double b) { return upper_half(1 / upper_half(b)); }
inline double reciprocal_root(double x) { return upper_half(1 / std::sqrt(upper_half(x))); }

inline float opaque(float x) {
  asm volatile("" : "+x"(x));
  return x;
}
inline double opaque(double x) {
  asm volatile("" : "+x"(x));
  return x;
}

template <int Barrier, int Threads>
[[gnu::always_inline]] inline void sync_first() {
  emulated::meet_block(Barrier, Threads);
}

}  // namespace metasolve::kernels::ptx
