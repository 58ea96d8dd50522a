// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <numbers>

#include "metasolve/detail/estimate/estimator.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace metasolve::estimate {

/// Random numbers of one task in one training step. They depend on the seed, the task's number and the step alone, so
/// that they are the same in any order of tasks and after a resume. i: which number, one for each sample and
/// coordinate; for one i only one of the functions is used.
class TaskDraws {
 public:
  TaskDraws(std::uint64_t seed, Batch const& batch, std::int64_t task)
      : draws_(seed, random::Stream::estimates,
               static_cast<std::uint64_t>(batch.step) << 32 | static_cast<std::uint32_t>(batch.number[task])) {}

  /// -1 or 1.
  [[nodiscard]] double sign(std::uint64_t i) const { return (draws_.word(i / 64) >> i % 64 & 1) != 0 ? 1 : -1; }
  /// Uniform on [0, 1).
  [[nodiscard]] double uniform(std::uint64_t i) const { return draws_.uniform(2 * attempts * i); }
  /// Standard normal, drawn again while beyond +-bound. bound: 1 or more.
  [[nodiscard]] double normal(std::uint64_t i, double bound) const {
    for (std::uint64_t a = 0; a < attempts; ++a) {
      double const z = draws_.normal(attempts * i + a);
      if (std::abs(z) <= bound) return z;
    }
    return 0;
  }

 private:
  /// At bound 1 all of them miss with probability 1e-32.
  static constexpr std::uint64_t attempts = 64;
  random::Draws draws_;
};

/// E[z^2] of a standard normal z within +-bound.
inline double second_moment(double bound) {
  double const density = std::exp(-bound * bound / 2) / std::sqrt(2 * std::numbers::pi);
  return 1 - 2 * bound * density / std::erf(bound / std::numbers::sqrt2);
}

}  // namespace metasolve::estimate
