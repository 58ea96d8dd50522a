// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/team.hpp"

/// The pairs of entries of a column that an incomplete factorisation updates with.
namespace metasolve::kernels {

/// Index of the pair x <= y among those of a column of `count` entries.
METASOLVE_HD inline int pair_of_column(int x, int y, int count) { return x * count - x * (x - 1) / 2 + (y - x); }

/// A member's share of the pairs x <= y of a column. Their targets are in the global workspace: the first few are
/// prefetched on construction.
template <class T>
class PairShare {
 public:
  METASOLVE_HD PairShare(T const& team, int count, std::int32_t const* target)
      : count_(count),
        target_(target),
        width_(team.size() < lanes ? team.size() : lanes),
        rows_(team.size() / width_),
        row_(team.rank() / width_),
        lane_(team.rank() % width_) {
    if constexpr (!T::is_solo) {
      METASOLVE_UNROLL
      for (int s = 0; s < held; ++s) {
        int const x = row_ + s * rows_, y = x + lane_;
        held_[s] = y < count_ ? target_[pair_of_column(x, y, count_)] : 0;
      }
    }
  }

  /// body(x, y, target)
  template <class Body>
  METASOLVE_HD void for_each(Body&& body) const {
    if constexpr (T::is_solo) {
      std::int32_t const* target = target_;
      for (int x = 0; x < count_; ++x) {
        for (int y = x; y < count_; ++y) body(x, y, *target++);
      }
    } else {
      auto const rest_of_row = [&](int x, int y) {
        for (; y < count_; y += width_) body(x, y, target_[pair_of_column(x, y, count_)]);
      };
      METASOLVE_UNROLL
      for (int s = 0; s < held; ++s) {
        int const x = row_ + s * rows_, y = x + lane_;
        if (y < count_) body(x, y, held_[s]);
        rest_of_row(x, y + width_);
      }
      for (int x = row_ + held * rows_; x < count_; x += rows_) rest_of_row(x, x + lane_);
    }
  }

 private:
  static constexpr int lanes = 32, held = 5;
  int count_;
  std::int32_t const* target_;
  int width_, rows_, row_, lane_;  ///< members side by side on a row of pairs, rows at a time; this member's
  std::int32_t held_[held];
};

}  // namespace metasolve::kernels
