// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Random123/philox.h>

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

/// Counter-based random numbers (Philox 4x64-10; Salmon et al., SC 2011): a value depends only on seed, stream, index
/// and draw, so that a task or a shuffle is the same in any order, on any number of threads or ranks.
namespace metasolve::random {

/// The purpose of a number. Checkpoints depend on the values: never renumber.
enum class Stream : std::uint64_t {
  train_tasks = 0,
  validation_tasks = 1,
  test_tasks = 2,
  weights = 16,
  shuffle = 17,
  estimates = 18,
  surrogate_weights = 19,
};

/// The draws of one index (a task, an epoch, a weight) of a stream.
class Draws {
 public:
  Draws(std::uint64_t seed, Stream stream, std::uint64_t index)
      : key_{{seed, static_cast<std::uint64_t>(stream)}}, index_(index) {}

  /// 64 random bits; draw: which.
  [[nodiscard]] std::uint64_t word(std::uint64_t draw) const {
    r123::Philox4x64 const generator;
    return generator({{index_, draw / 4, 0, 0}}, key_)[draw % 4];
  }
  /// Uniform on [0, 1), a multiple of 2^-53.
  [[nodiscard]] double uniform(std::uint64_t draw) const { return static_cast<double>(word(draw) >> 11) * 0x1p-53; }
  /// Standard normal; uses draws 2 draw and 2 draw + 1 (Box and Muller, 1958).
  [[nodiscard]] double normal(std::uint64_t draw) const {
    double const radius = std::sqrt(-2 * std::log1p(-uniform(2 * draw)));
    return radius * std::cos(2 * std::numbers::pi * uniform(2 * draw + 1));
  }

 private:
  r123::Philox4x64::key_type key_;
  std::uint64_t index_;
};

/// A permutation of 0 ... n - 1 (Fisher and Yates), determined by seed and index.
inline void shuffle(std::span<std::int32_t> order, std::uint64_t seed, std::uint64_t index) {
  Draws const draws(seed, Stream::shuffle, index);
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int32_t>(i);
  for (std::size_t i = order.size(); i > 1; --i) {
    auto const j = static_cast<std::size_t>(draws.uniform(i) * static_cast<double>(i));
    std::swap(order[i - 1], order[j]);
  }
}

}  // namespace metasolve::random
