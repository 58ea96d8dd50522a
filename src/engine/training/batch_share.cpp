// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/batch_share.hpp"

#include <algorithm>
#include <bit>

namespace metasolve::engine {

namespace {

/// Of a tree over so many blocks.
std::int64_t width_of(std::int64_t blocks) {
  return static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(std::max<std::int64_t>(1, blocks))));
}

}  // namespace

BatchShare BatchShare::of(std::int64_t tasks, std::int64_t most_rows, int rank, int ranks) {
  BatchShare s;
  s.tasks = tasks;
  s.rank = rank;
  s.ranks = ranks;
  s.rows = std::max<std::int64_t>(1, most_rows > 0 ? most_rows : (tasks + ranks - 1) / ranks);
  s.blocks = most_rows > 0 ? (tasks + s.rows - 1) / s.rows : ranks;
  if (most_rows > 0 && std::has_single_bit(static_cast<unsigned>(ranks)) && s.blocks >= ranks) {
    std::int64_t const of_rank = width_of(s.blocks) / ranks, least = (s.blocks + ranks - 1) / ranks;
    bool const all_have_some = of_rank * (ranks - 1) < s.blocks;
    if (all_have_some && 8 * of_rank <= 9 * least) s.subtree = of_rank;
  }
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
  std::int64_t const width = width_of(blocks);
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
  // A power of two of blocks, so that as many ranks have equal subtrees.
  constexpr std::int64_t few = 16, many = 4096, usual_rows = 256, least_rows = 16;
  auto const blocks = std::clamp(width_of((batch + usual_rows - 1) / usual_rows), few, many);
  return std::max<std::int64_t>((batch + blocks - 1) / blocks, costly ? 1 : least_rows);
}

}  // namespace metasolve::engine
