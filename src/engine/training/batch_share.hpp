// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "metasolve/kernels/network/batch_sums.hpp"

namespace metasolve::engine {

/// Which tasks of a batch are this rank's: whole blocks of consecutive tasks.
struct BatchShare {
  std::int64_t tasks = 0;  ///< of the whole batch
  std::int64_t rows = 1;   ///< tasks of a block; the last may have fewer
  std::int64_t blocks = 0;
  int rank = 0, ranks = 1;
  std::int64_t subtree = 0;  ///< blocks of the one subtree that is a rank's; 0: its blocks are not one

  /// most_rows: tasks of a block, at most; 0: one block per rank.
  static BatchShare of(std::int64_t tasks, std::int64_t most_rows, int rank, int ranks);

  /// Equal shares; of a power of two of ranks whole subtrees, where these are about equal.
  [[nodiscard]] std::int64_t first_block(int of_rank) const {
    return subtree > 0 ? std::min(blocks, of_rank * subtree) : blocks * of_rank / ranks;
  }
  [[nodiscard]] std::int64_t own_blocks() const { return first_block(rank + 1) - first_block(rank); }
  /// Of the first `in_step` tasks of the batch, for this rank.
  [[nodiscard]] std::int64_t first_task(std::int64_t in_step) const;
  [[nodiscard]] std::int64_t own_tasks(std::int64_t in_step) const;
  /// How many of `own` tasks to do at once, of which `done` are done: whole blocks, or a part of one that exceeds
  /// capacity.
  [[nodiscard]] std::int64_t part(std::int64_t done, std::int64_t own, std::int64_t capacity) const {
    std::int64_t const whole = rows <= capacity ? capacity / rows * rows : std::min(capacity, rows - done % rows);
    return std::min(own - done, whole);
  }
  /// Tasks that some rank has at most.
  [[nodiscard]] std::int64_t most_tasks() const;

  /// The largest subtrees that lie in a rank's blocks, in order; rows are not set.
  [[nodiscard]] std::vector<kernels::SumEntry> subtrees(int of_rank) const;
};

/// Tasks of a block so that a batch has some tens of blocks, without making them so small that the network's products
/// become slow. costly: tasks take so long that this does not matter.
std::int64_t rows_for(std::int64_t batch, bool costly);

}  // namespace metasolve::engine
