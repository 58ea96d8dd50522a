// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>

namespace metasolve::bench::linear {

/// The same numbers with every standard library: the engine is specified by the standard, its distributions are not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  /// In [low, high).
  double uniform(double low = 0, double high = 1) {
    return low + (high - low) * (static_cast<double>(engine_() >> 11) * 0x1p-53);
  }
  /// log10 of it uniform.
  double log_uniform(double low, double high) { return std::pow(10.0, uniform(std::log10(low), std::log10(high))); }
  /// low to high - 1.
  int whole(int low, int high) { return static_cast<int>(uniform(low, high)); }
  double normal() {
    double const radius = std::sqrt(-2 * std::log(1 - uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace metasolve::bench::linear
