// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/kernels/simd/hd.hpp"

/// Layout of teams on a GPU. Arithmetic only.
namespace metasolve::exec {

/// The threads that work on one task together.
enum class TeamKind { thread, half_warp, warp, block };

inline constexpr int warp_threads = 32;
/// Most threads of a block with several teams; threads of a block that is one team.
inline constexpr int packed_block_threads = 128;
inline constexpr int team_block_threads = 256;

/// Threads per team.
METASOLVE_HD constexpr int team_size(TeamKind kind) {
  switch (kind) {
    case TeamKind::thread:
      return 1;
    case TeamKind::half_warp:
      return warp_threads / 2;
    case TeamKind::warp:
      return warp_threads;
    default:
      return team_block_threads;
  }
}

/// The kind of team for a state of this size. A team's size determines the order of its sums, and so the last bits: it
/// must depend on the task alone, never on the batch, the device or the free memory, and must be the same for the solve
/// and its adjoint.
constexpr TeamKind team_kind(int state_size) {
  if (state_size <= 8) return TeamKind::thread;
  if (state_size <= 24) return TeamKind::half_warp;
  if (state_size <= 512) return TeamKind::warp;
  return TeamKind::block;
}

/// Bytes of shared memory available to a block on every supported architecture (compute capability 8.6 has least).
inline constexpr std::int64_t least_shared_limit = 99 << 10;

/// For a WideSolver: above some hundred unknowns, its tasks exhaust a multiprocessor's shared memory before its warps.
constexpr TeamKind wide_team_kind(int state_size) { return state_size <= 384 ? TeamKind::warp : TeamKind::block; }

/// Shape of one launch of teams.
struct TeamLaunch {
  TeamKind kind = TeamKind::thread;
  bool scratch_in_shared = false;  ///< else scratch is in the workspace, before the global workspace
  int threads = 0;                 ///< per block
  std::int64_t blocks = 0;
  std::int64_t shared_bytes = 0;  ///< per block
  [[nodiscard]] std::int64_t teams() const { return blocks * (threads / team_size(kind)); }
};

/// Bytes of shared memory that a block's team uses for its sums.
inline constexpr int sum_scratch_bytes = team_block_threads / warp_threads * 8;

/// Requirements of a launch.
struct TeamDemand {
  TeamKind kind = TeamKind::thread;
  std::int64_t scratch_bytes = 0;  ///< per team
  std::int64_t slots = 0;
  std::int64_t block_bytes = 0;  ///< per block, regardless of its teams
};

/// The shape that keeps the most teams resident; with few slots, blocks small enough to occupy all multiprocessors.
/// resident_blocks(threads, shared_bytes, scratch_in_shared): blocks of that shape that one multiprocessor holds.
/// teams() does not decrease as slots grow. blocks is 0 if nothing fits or there are no slots.
template <class ResidentBlocks>
TeamLaunch plan_teams(TeamDemand const& demand, std::int64_t shared_limit, int multiprocessors,
                      ResidentBlocks&& resident_blocks) {
  int const size = team_size(demand.kind);
  bool const is_block = demand.kind == TeamKind::block;
  int const least = is_block ? team_block_threads : warp_threads;
  int const most = is_block ? team_block_threads : packed_block_threads;
  auto const shared = [&](int threads, bool scratch) {
    return demand.block_bytes + (is_block ? sum_scratch_bytes : 0) +
           (scratch ? threads / size * demand.scratch_bytes : 0);
  };
  TeamLaunch best;
  best.kind = demand.kind;
  best.scratch_in_shared = shared(least, true) <= shared_limit;
  std::int64_t best_resident = 0;
  for (int threads = most; threads >= least; threads /= 2) {
    std::int64_t const bytes = shared(threads, best.scratch_in_shared);
    if (bytes > shared_limit) continue;
    std::int64_t const resident = resident_blocks(threads, bytes, best.scratch_in_shared) * (threads / size);
    if (resident > best_resident) {
      best_resident = resident;
      best.threads = threads;
    }
  }
  if (best_resident == 0 || demand.slots <= 0) return best;
  auto const needed = [&] { return (demand.slots * size + best.threads - 1) / best.threads; };
  while (best.threads > least && needed() < multiprocessors) best.threads /= 2;
  best.shared_bytes = shared(best.threads, best.scratch_in_shared);
  std::int64_t const resident =
      resident_blocks(best.threads, best.shared_bytes, best.scratch_in_shared) * std::int64_t{multiprocessors};
  best.blocks = needed() < resident ? needed() : resident;
  return best;
}

}  // namespace metasolve::exec
