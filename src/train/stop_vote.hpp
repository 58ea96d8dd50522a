// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "metasolve/detail/io/clock.hpp"
#include "metasolve/ranks.hpp"

namespace metasolve::train {

/// Stops all ranks after the same step. A vote is an exchange between the ranks: it is held every so many steps, about
/// ten times a second, as rank 0 decides.
class StopVote {
 public:
  /// null: one process.
  explicit StopVote(Ranks* ranks) : ranks_(ranks) {}

  /// Called before each step, by all ranks. stop: of this process; may be null.
  bool asked(std::atomic<bool> const* stop) {
    bool const mine = stop != nullptr && stop->load(std::memory_order_relaxed);
    if (ranks_ == nullptr || ranks_->size() == 1) return mine;
    if (--until_vote_ > 0) return false;
    double votes[2] = {mine ? 1.0 : 0.0, ranks_->rank() == 0 ? steps_for(io::seconds_since(last_)) : 0.0};
    ranks_->all_reduce(votes, 2);
    last_ = io::Clock::now();
    between_ = until_vote_ = static_cast<std::int64_t>(votes[1]);
    return votes[0] > 0;
  }

 private:
  [[nodiscard]] double steps_for(double seconds) const {
    constexpr double least = 0.05, most = 0.2;
    std::int64_t steps = between_;
    if (seconds < least) steps = std::min<std::int64_t>(2 * steps, 4096);
    if (seconds > most) steps = std::max<std::int64_t>(steps / 2, 1);
    return static_cast<double>(steps);
  }

  Ranks* ranks_;
  std::int64_t between_ = 1, until_vote_ = 0;
  io::Clock::time_point last_ = io::Clock::now();
};

}  // namespace metasolve::train
