// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/heat_calls.hpp"

/// An online meta-solver learns from solvers' calls, and what it does can be repeated to the bit.
namespace metasolve::online_learning_test {
namespace {

class OnlineLearningOn : public test::HeatCalls {
 protected:
  double sum_of_counts(Heat const& heat) {
    auto const counts = fetch(heat.iterations, count);
    return std::accumulate(counts.begin(), counts.end(), 0.0);
  }
  /// What is chosen in each of the calls, and the counts.
  struct Run {
    std::vector<double> chosen, x;
    std::vector<std::int32_t> iterations;
    bool operator==(Run const&) const = default;
  };
  Run run(std::uint64_t seed, bool with_results = true) {
    auto heat = heat_of(4);
    OnlineMetaSolver online(executor(), options(seed));
    Run all;
    for (std::size_t c = 0; c < 24; ++c) {
      solve(heat, c % 4, 1.0, &online, with_results);
      add(all.chosen, fetch(online.learner().chosen(), count));
      add(all.x, fetch(heat.x, count * unknowns));
      add(all.iterations, fetch(heat.iterations, count));
    }
    return all;
  }
  template <class T>
  static void add(std::vector<T>& to, std::vector<T> const& some) {
    to.insert(to.end(), some.begin(), some.end());
  }
};

/// Against all values of the grid, by hand: each batch with each of them, and of each task the least.
TEST_P(OnlineLearningOn, CountsComeNearTheBestOfTheGrid) {
  constexpr std::size_t batches = 8, calls = 60, last = 16;
  auto heat = heat_of(batches);
  double constant = 0, best = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    std::vector<std::int32_t> least;
    for (int v = 0; v < 16; ++v) {
      solve(heat, b, 1 + 0.95 * v / 15, nullptr);
      if (v == 0) constant += sum_of_counts(heat) / batches;
      auto const counts = fetch(heat.iterations, count);
      if (least.empty()) least = counts;
      for (std::size_t t = 0; t < count; ++t) least[t] = std::min(least[t], counts[t]);
    }
    best += std::accumulate(least.begin(), least.end(), 0.0) / batches;
  }
  ASSERT_LT(best, 0.85 * constant) << "there is something to learn";
  OnlineMetaSolver online(executor(), options());
  double learned = 0, all = 0;
  for (std::size_t c = 0; c < calls; ++c) {
    solve(heat, c % batches, 1.0, &online);
    EXPECT_EQ(fetch(heat.status, count), std::vector<std::int32_t>(count, 0));
    all += sum_of_counts(heat) / calls;
    if (c + last >= calls) learned += sum_of_counts(heat) / last;
  }
  SCOPED_TRACE("constant " + std::to_string(constant / count) + ", best of the grid " + std::to_string(best / count) +
               ", last calls " + std::to_string(learned / count) + ", all " + std::to_string(all / count));
  EXPECT_LT(learned, 0.8 * constant);
  EXPECT_LT(learned, 1.03 * best);
  EXPECT_LT(all, constant) << "learning has paid for itself";
  auto const report = online.report();
  EXPECT_NEAR(report.cost, all / count, 1e-9 * all) << "the mean of all tasks";
  EXPECT_NEAR(report.constant_cost, constant / count, 0.1 * constant / count);
}

TEST_P(OnlineLearningOn, TwoRunsAreTheSameToTheBit) {
  auto const first = run(1);
  EXPECT_TRUE(run(1) == first);
  auto const other = run(2);
  EXPECT_NE(other.chosen, first.chosen) << "of another seed";
  EXPECT_NE(other.iterations, first.iterations);
}

/// A caller who requests no counts gets the same choices.
TEST_P(OnlineLearningOn, LearnsWithoutTheCallersResults) {
  auto const with = run(1), without = run(1, false);
  EXPECT_EQ(without.chosen, with.chosen);
  EXPECT_EQ(without.x, with.x);
}

METASOLVE_ON_EXECUTORS(OnlineLearningOn);

/// On the CPU.
class OnlineThreads : public test::HeatCalls {};
TEST_P(OnlineThreads, DoNotMatter) {
  if (executor().name() != "cpu") GTEST_SKIP() << "threads are the CPU's";
  auto const run = [&](int threads) {
    auto const on = Executor::cpu(threads);
    std::vector<std::shared_ptr<void>> held;
    auto heat = heat_on(on, 4, [&]<class T>(std::vector<T> const& values) {
      auto const copy = std::make_shared<std::vector<T>>(values);
      held.push_back(copy);
      return copy->data();
    });
    OnlineMetaSolver online(on, options());
    std::vector<double> all;
    for (std::size_t c = 0; c < 24; ++c) {
      solve(heat, c % 4, 1.0, &online);
      all.insert(all.end(), online.learner().chosen(), online.learner().chosen() + count);
      all.insert(all.end(), heat.x, heat.x + count * unknowns);
    }
    return std::pair{all, online.learned()};
  };
  auto const by_one = run(1), by_three = run(3);
  EXPECT_EQ(by_three.first, by_one.first);
  EXPECT_EQ(by_three.second, by_one.second);
}
METASOLVE_ON_EXECUTORS(OnlineThreads);

}  // namespace
}  // namespace metasolve::online_learning_test
