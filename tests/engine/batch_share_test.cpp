// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/engine/training/batch_share.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "metasolve/detail/engine/training/shared_sum.hpp"
#include "metasolve/executor.hpp"
#include "tests/support/thread_ranks.hpp"

/// Blocks of a batch: every task has one rank, and the sum over blocks has the same bits however they are shared.
namespace metasolve::engine {
namespace {

TEST(BatchShare, EveryTaskIsOfOneRank) {
  for (std::int64_t const tasks : {0, 1, 5, 63, 64, 65, 1000, 4097}) {
    for (std::int64_t const rows : {0, 1, 16, 64}) {
      for (int const ranks : {1, 2, 3, 7, 100}) {
        for (std::int64_t const in_step : {tasks, tasks / 3, std::int64_t{0}}) {
          std::int64_t next = 0, most = 0;
          for (int r = 0; r < ranks; ++r) {
            auto const share = BatchShare::of(tasks, rows, r, ranks);
            EXPECT_EQ(share.first_task(in_step), next) << tasks << ' ' << rows << ' ' << ranks << ' ' << r;
            next += share.own_tasks(in_step);
            most = std::max(most, share.own_tasks(tasks));
          }
          EXPECT_EQ(next, in_step);
          EXPECT_LE(most, BatchShare::of(tasks, rows, 0, ranks).most_tasks());
        }
      }
    }
  }
}

TEST(BatchShare, SubtreesAreARanksBlocks) {
  for (std::int64_t const blocks : {1, 2, 3, 5, 8, 13, 16, 31}) {
    for (int const ranks : {1, 2, 3, 4, 6, 16, 40}) {
      auto share = BatchShare::of(blocks, 1, 0, ranks);
      for (int r = 0; r < ranks; ++r) {
        std::int64_t next = share.first_block(r);
        for (auto const& node : share.subtrees(r)) {
          EXPECT_EQ(node.first, next);
          EXPECT_EQ(node.first % (1 << node.level), 0);
          next = std::min(blocks, node.first + (std::int64_t{1} << node.level));
        }
        EXPECT_EQ(next, share.first_block(r + 1));
      }
    }
  }
}

/// Sums of random numbers of random sizes, whose sum depends on the order.
struct Sums {
  std::vector<float> gradient;
  std::vector<double> totals;
  bool operator==(Sums const&) const = default;
};

/// width: of the gradient. Few numbers are gathered; many are swapped up the tree.
Sums sums_over(int ranks, std::int64_t tasks, std::int64_t rows, Reproducible way, std::int64_t width = 37) {
  std::vector<Sums> all(static_cast<std::size_t>(ranks));
  test::ThreadGroup(ranks).run([&](std::shared_ptr<Ranks> const& group) {
    auto const executor = Executor::cpu(1).over(group);
    auto& exec = executor.backend();
    auto const share = BatchShare::of(tasks, rows, group->rank(), ranks);
    SharedSum<float> sum(executor, width, share, way);
    exec::Buffer<float> gradient(exec, width);
    exec::Buffer<double> totals(exec, 2);
    sum.begin();
    std::vector<double> loss;
    std::vector<std::int32_t> count;
    for (std::int64_t t = share.first_task(tasks); t < share.first_task(tasks) + share.own_tasks(tasks); ++t) {
      std::mt19937_64 random(static_cast<std::uint64_t>(t));
      std::normal_distribution<double> normal;
      auto const block = (t - share.first_task(tasks)) / share.rows;
      for (std::int64_t w = 0; w < width; ++w) sum.row(block)[w] += static_cast<float>(std::exp(3 * normal(random)));
      loss.push_back(std::exp(5 * normal(random)));
      count.push_back(static_cast<std::int32_t>(t % 7));
    }
    if (!loss.empty()) {
      sum.add(0, loss.data(), static_cast<std::int64_t>(loss.size()), 0);
      sum.add(1, count.data(), static_cast<std::int64_t>(count.size()), 0);
    }
    sum.finish(gradient.data(), totals.data());
    auto& mine = all[static_cast<std::size_t>(group->rank())];
    mine.gradient.resize(static_cast<std::size_t>(width));
    mine.totals.resize(2);
    gradient.download(mine.gradient.data(), width);
    totals.download(mine.totals.data(), 2);
  });
  for (auto const& of_rank : all) EXPECT_EQ(of_rank, all.front());
  return all.front();
}

TEST(SharedSum, HasTheSameBitsOnAnyNumberOfRanks) {
  for (std::int64_t const tasks : {1, 30, 64, 100, 257}) {
    auto const one = sums_over(1, tasks, 8, Reproducible::ranks);
    double expected = 0;
    for (std::int64_t t = 0; t < tasks; ++t) expected += static_cast<double>(t % 7);
    EXPECT_EQ(one.totals[1], expected);
    for (int const ranks : {2, 3, 4, 5, 8, 16, 40}) {
      EXPECT_EQ(sums_over(ranks, tasks, 8, Reproducible::ranks), one) << tasks << " tasks, " << ranks << " ranks";
    }
  }
}

TEST(SharedSum, ManyNumbersHaveTheSameBitsToo) {
  constexpr std::int64_t width = 9000;  // 36 KB a rank
  for (std::int64_t const tasks : {62, 64, 37}) {
    auto const one = sums_over(1, tasks, 4, Reproducible::ranks, width);
    for (int const ranks : {2, 3, 4, 8, 16}) {
      EXPECT_EQ(sums_over(ranks, tasks, 4, Reproducible::ranks, width), one)
          << tasks << " tasks, " << ranks << " ranks";
    }
  }
}

TEST(BatchShare, APowerOfTwoOfRanksHasASubtreeEach) {
  for (int const ranks : {2, 4, 8}) {
    for (int r = 0; r < ranks; ++r) {
      EXPECT_EQ(BatchShare::of(1024, rows_for(1024, false), r, ranks).subtrees(r).size(), 1u);
      EXPECT_EQ(BatchShare::of(1000, rows_for(1000, false), r, ranks).subtrees(r).size(), 1u);
    }
  }
  // Where whole subtrees would be very unequal, shares are equal.
  EXPECT_EQ(BatchShare::of(9, 1, 0, 2).subtree, 0);
  EXPECT_EQ(BatchShare::of(9, 1, 0, 2).most_tasks(), 5);
}

TEST(SharedSum, FastAgreesUpToRounding) {
  auto const one = sums_over(1, 257, 0, Reproducible::fast), some = sums_over(3, 257, 0, Reproducible::fast);
  for (std::size_t i = 0; i < one.gradient.size(); ++i)
    EXPECT_NEAR(some.gradient[i], one.gradient[i], 1e-3 * one.gradient[i]);
  EXPECT_NEAR(some.totals[0], one.totals[0], 1e-12 * one.totals[0]);
  EXPECT_EQ(some.totals[1], one.totals[1]);
}

}  // namespace
}  // namespace metasolve::engine
