// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/mixed.hpp"
#include "../simd/number.hpp"
#include "../simd/view.hpp"

#if !defined(__CUDA_ARCH__)
#include <atomic>
#endif

/// What an online meta-solver chooses from (docs/online.md): a grid of parameter values, its arms, for each bin of the
/// tasks' features. A cell is an arm of a bin: bin * arms + arm.
namespace metasolve::kernels {

inline constexpr int most_online_parameters = 3, most_online_features = 6;
inline constexpr int most_online_arms = 256, most_online_bins = 256, most_online_cells = 8192;

/// A position on a range: 0 at its low end, 1 at the high one.
struct OnlineAxis {
  double low = 0, scale = 0;  ///< of the value or its logarithm
  bool is_logarithmic = false;
  int count = 1;   ///< of grid values or bins
  int stride = 1;  ///< in the product of all

  METASOLVE_HD double position(double x) const { return ((is_logarithmic ? log(x) : x) - low) * scale; }
};

struct OnlineGrid {
  int parameters = 0, features = 0, arms = 1, bins = 1;
  int constant_arm = 0;
  OnlineAxis parameter[most_online_parameters], feature[most_online_features];
  double const* values = nullptr;  ///< [arms][parameters]; at the constant's arm these are the constants

  METASOLVE_HD int cells() const { return arms * bins; }
  METASOLVE_HD static int place(int at, OnlineAxis const& axis) { return at / axis.stride % axis.count; }

  /// The bin of a task, of values beyond the range the nearest; -1 if a feature is not finite.
  template <class Of>
  METASOLVE_HD int bin_of(Of&& feature_of) const {
    int bin = 0;
    for (int f = 0; f < features; ++f) {
      OnlineAxis const& axis = feature[f];
      double const x = feature_of(f);
      if (!is_finite(x)) return -1;
      double const at = axis.position(x) * axis.count;  // NaN: the logarithm of a negative number
      bin += axis.stride * (!(at > 0) ? 0 : at < axis.count ? static_cast<int>(at) : axis.count - 1);
    }
    return bin;
  }
};

/// Uniform on (0, 1).
METASOLVE_HD inline double unit_of(std::uint64_t bits) { return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53; }
/// Standard normal (Box and Muller, 1958).
METASOLVE_HD inline double normal_of(std::uint64_t bits) {
  return sqrt(-2 * log(unit_of(bits))) * cos(6.283185307179586 * unit_of(mixed(bits)));
}

/// Unlike fmin and fmax, one instruction: of two numbers, or if one is NaN, the second.
METASOLVE_HD inline double lower_of(double a, double b) { return a < b ? a : b; }
METASOLVE_HD inline double higher_of(double a, double b) { return a > b ? a : b; }

/// Atomic *to += x.
METASOLVE_HD inline void add_atomically(std::int64_t* to, std::int64_t x) {
#if defined(__CUDA_ARCH__)
  atomicAdd(reinterpret_cast<unsigned long long*>(to), static_cast<unsigned long long>(x));
#else
  std::atomic_ref<std::int64_t>(*to).fetch_add(x, std::memory_order_relaxed);
#endif
}

}  // namespace metasolve::kernels
