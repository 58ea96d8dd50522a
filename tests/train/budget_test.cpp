// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/budget.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/error.hpp"

/// `train --budget`: a network chosen by time to solution.
namespace metasolve::budget_test {
namespace {

config::RunConfig configuration() {
  config::RunConfig c;
  c.of<problems::PoissonSettings>().unknowns = 6;
  c.problem.train_tasks = 96;
  c.problem.validation_tasks = 40;
  c.solver.tolerance = 1e-3;
  c.network.hidden = {6, 5};
  c.loss.scale = kernels::LossScale::logarithm;
  c.loss.tolerance_start = 1;
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  c.training.selection = config::Selection::iterations;
  return c;
}

TEST(Budget, TakesTheFastestOfTheLastRound) {
  auto const c = configuration();
  std::vector<std::string> lines;
  auto const search = train::search_within(Executor::cpu(1), c, 3, {[&](auto const& line) { lines.push_back(line); }});
  ASSERT_EQ(search.candidates.size(), 7U);
  EXPECT_EQ(lines.size(), 7U + 4U + 2U) << "the slower half goes after each round";
  EXPECT_FALSE(search.stopped);
  auto const& choice = search.choice();
  EXPECT_EQ(choice.rounds, 3);
  int configured = 0;
  for (auto const& candidate : search.candidates) {
    EXPECT_TRUE(candidate.problem.empty()) << candidate.problem;
    EXPECT_GE(candidate.rounds, 1);
    EXPECT_GE(candidate.epochs, 1);
    EXPECT_GT(candidate.seconds, 0);
    configured += candidate.is_configured ? 1 : 0;
    if (candidate.rounds == choice.rounds && candidate.beats_constant) {
      EXPECT_LE(choice.time_ratio, candidate.time_ratio);
    }
  }
  EXPECT_EQ(configured, 1);

  // An ordinary configuration: that which was given, with another network and number of epochs.
  auto expected = c;
  expected.network.hidden = choice.hidden;
  expected.training.epochs = search.config.training.epochs;
  EXPECT_EQ(search.config, expected);
  config::check(search.config, "here");

  auto const text = train::budget_text(search);
  EXPECT_NE(text.find(nlohmann::json(choice.hidden).dump()), std::string::npos) << text;
  EXPECT_NE(text.find(search.pays() ? "the least time to solution" : "no network was faster"), std::string::npos)
      << text;
  EXPECT_EQ(train::budget_document(search)["candidates"].size(), 7U);
}

TEST(Budget, SaysThatNoNetworkPays) {
  train::BudgetSearch search;
  search.candidates = {
      {.hidden = {8}, .rounds = 1, .epochs = 5, .iterations = 9, .beats_constant = true, .time_ratio = 1.2}};
  EXPECT_FALSE(search.pays());
  EXPECT_NE(train::budget_text(search).find("no network was faster than the best constant in time"), std::string::npos);
  search.candidates.front().time_ratio = 0.5;
  EXPECT_TRUE(search.pays());
  search.candidates.front().beats_constant = false;
  EXPECT_FALSE(search.pays());
}

TEST(Budget, CanBeStopped) {
  std::atomic<bool> const stop = true;
  EXPECT_TRUE(train::search_within(Executor::cpu(1), configuration(), 1, {{}, &stop}).stopped);
}

TEST(Budget, NetworksThatCannotBeTrainedAreLeftOut) {
  auto c = configuration();
  c.network.hidden = {2000, 2000};  // beyond the memory of Levenberg-Marquardt
  auto const search = train::search_within(Executor::cpu(1), c, 2, {});
  EXPECT_NE(search.candidates.back().problem.find("resources.memory"), std::string::npos);
  EXPECT_NE(search.choice().hidden, c.network.hidden);
}

TEST(Budget, TimesHaveUnits) {
  EXPECT_EQ(train::seconds_in("120"), 120);
  EXPECT_EQ(train::seconds_in("90s"), 90);
  EXPECT_EQ(train::seconds_in("5min"), 300);
  EXPECT_EQ(train::seconds_in("1.5h"), 5400);
  for (auto const* wrong : {"", "0", "-3", "5m", "min", "nan", "inf", "1e400", "3 s x"}) {
    EXPECT_THROW((void)train::seconds_in(wrong), InputError) << wrong;
  }
}

}  // namespace
}  // namespace metasolve::budget_test
