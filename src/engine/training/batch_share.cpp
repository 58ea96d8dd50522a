// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/batch_share.hpp"

#include <algorithm>
#include <bit>

namespace metasolve::engine {

BatchShare BatchShare::of(std::int64_t tasks, std::int64_t most_rows, int rank, int ranks) {
  BatchShare s;
  s.tasks = tasks;
  s.rank = rank;
  s.ranks = ranks;
  s.rows = std::max<std::int64_t>(1, most_rows > 0 ? most_rows : (tasks + ranks - 1) / ranks);
  s.blocks = most_rows > 0 ? (tasks + s.rows - 1) / s.rows : ranks;
  return s;
}

std::int64_t BatchShare::first_task(std::int64_t in_step) const { return std::min(in_step, first_block(rank) * rows); }

std::int64_t BatchShare::own_tasks(std::int64_t in_step) const {
  return std::min(in_step, first_block(rank + 1) * rows) - first_task(in_step);
}

std::int64_t BatchShare::most_tasks() const {
  std::int64_t most = 0;
  for (int r = 0; r < ranks; ++r) most = std::max(most, first_block(r + 1) - first_block(r));
  return std::min(tasks, most * rows);
}

std::vector<kernels::SumEntry> BatchShare::subtrees(int of_rank) const {
  std::vector<kernels::SumEntry> nodes;
  // Beyond the last block the tree is empty: a subtree that reaches there belongs to whoever has its blocks.
  auto const width =
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, blocks))));
  std::int64_t end = first_block(of_rank + 1);
  std::int64_t const begin = first_block(of_rank);
  if (end == blocks) end = width;
  for (std::int64_t at = begin; at < std::min(end, blocks);) {
    int level = 0;
    while (at % (std::int64_t{2} << level) == 0 && at + (std::int64_t{2} << level) <= end) ++level;
    nodes.push_back({static_cast<std::int32_t>(at), level, 0});
    at += std::int64_t{1} << level;
  }
  return nodes;
}

std::int64_t rows_for(std::int64_t batch, bool costly) {
  std::int64_t const least = costly ? 1 : 16, most = 256;
  constexpr std::int64_t blocks = 16, most_blocks = 4096;
  auto const rows = std::clamp((batch + blocks - 1) / blocks, least, most);
  return std::max(rows, (batch + most_blocks - 1) / most_blocks);
}

}  // namespace metasolve::engine
