// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/team_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

/// The shapes of GPU launches: pure arithmetic that needs no GPU.
namespace metasolve::test::team_plan_test {
namespace {

TEST(TeamPlan, KindFollowsFromTheStateSizeAlone) {
  EXPECT_EQ(exec::team_kind(3), exec::TeamKind::thread);
  EXPECT_EQ(exec::team_kind(15), exec::TeamKind::half_warp);
  EXPECT_EQ(exec::team_kind(127), exec::TeamKind::warp);
  EXPECT_EQ(exec::team_kind(10000), exec::TeamKind::block);
}

/// A multiprocessor of the H200: 64 warps, 32 blocks, 227 KiB of shared memory for blocks, 1 KiB a block reserved.
std::int64_t resident_blocks(int threads, std::int64_t shared_bytes, bool) {
  return std::min<std::int64_t>({2048 / threads, 32, 228 * 1024 / (shared_bytes + 1024)});
}

TEST(TeamPlan, NeverShrinksAsSlotsGrowAndFits) {
  constexpr std::int64_t shared_limit = 227 * 1024;
  for (int const state_size : {1, 3, 8, 9, 24, 25, 127, 512, 513, 3000, 100000}) {
    for (std::int64_t const scratch_bytes : {8 * state_size, 64 * state_size, 640 * state_size}) {
      std::int64_t former = 0;
      for (std::int64_t slots = 0; slots < 400000; slots = slots * 5 / 4 + 1) {
        auto const kind = exec::team_kind(state_size);
        auto const plan = exec::plan_teams({kind, scratch_bytes, slots}, shared_limit, 132, resident_blocks);
        ASSERT_GE(plan.teams(), former) << state_size << " " << scratch_bytes << " " << slots;
        ASSERT_EQ(plan.blocks > 0, slots > 0);
        ASSERT_LE(plan.shared_bytes, shared_limit);
        ASSERT_LE(plan.blocks, 132 * 32);
        former = plan.teams();
        if (slots == 0) continue;
        ASSERT_EQ(plan.threads % 32, 0);
        ASSERT_EQ(plan.threads % exec::team_size(kind), 0);
      }
    }
  }
}

TEST(TeamPlan, FewSlotsReachAllMultiprocessors) {
  auto const plan = exec::plan_teams({exec::TeamKind::thread, 328, 132 * 32}, 227 * 1024, 132, resident_blocks);
  EXPECT_EQ(plan.threads, 32);
  EXPECT_EQ(plan.blocks, 132);
}

TEST(TeamPlan, ScratchThatDoesNotFitLiesInTheWorkspace) {
  std::int64_t const limit = 227 * 1024;
  EXPECT_TRUE(exec::plan_teams({exec::TeamKind::warp, limit, 9}, limit, 132, resident_blocks).scratch_in_shared);
  EXPECT_FALSE(exec::plan_teams({exec::TeamKind::warp, limit + 8, 9}, limit, 132, resident_blocks).scratch_in_shared);
  EXPECT_FALSE(exec::plan_teams({exec::TeamKind::block, limit, 9}, limit, 132, resident_blocks).scratch_in_shared);
}

}  // namespace
}  // namespace metasolve::test::team_plan_test
