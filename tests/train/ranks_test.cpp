// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/timing.hpp"
#include "metasolve/error.hpp"
#include "metasolve/online_meta_solver.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/thread_ranks.hpp"
#include "tests/support/train_some.hpp"

/// Training and evaluation over ranks, which here are threads: the results are those of one process, to the bit.
namespace metasolve {
namespace {

using test::small_config;
using test::Trained;

Trained trained_over(std::string const& executor, int ranks, config::RunConfig const& c) {
  std::vector<Trained> all(static_cast<std::size_t>(ranks));
  test::ThreadGroup(ranks).run([&](std::shared_ptr<Ranks> const& group) {
    all[static_cast<std::size_t>(group->rank())] = test::train_some(Executor::open(executor, 1).over(group), c);
  });
  for (auto const& of_rank : all) EXPECT_EQ(of_rank, all.front());
  return all.front();
}

struct RanksOn : test::OnExecutors {};
METASOLVE_ON_EXECUTORS(RanksOn);

TEST_P(RanksOn, FirstOrderTrainingHasTheSameBits) {
  for (auto const precision : {engine::Precision::single_precision, engine::Precision::double_precision}) {
    auto c = small_config();
    c.network.precision = precision;
    auto const one = test::train_some(executor(), c);
    EXPECT_NE(one.weights, train::initial_weights(c));
    for (int const ranks : {2, 3, 5}) EXPECT_EQ(trained_over(GetParam(), ranks, c), one) << ranks;
  }
}

TEST_P(RanksOn, SecondOrderTrainingHasTheSameBits) {
  auto c = small_config();
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  auto const one = test::train_some(executor(), c);
  EXPECT_NE(one.weights, train::initial_weights(c));
  for (int const ranks : {2, 3}) EXPECT_EQ(trained_over(GetParam(), ranks, c), one) << ranks;
}

TEST(RanksTest, MoreRanksThanTasksOfABatch) {
  auto c = small_config();
  c.training.batch_size = 3;
  c.problem.train_tasks = 7;
  c.problem.validation_tasks = 2;
  auto const one = test::train_some(c);
  EXPECT_EQ(trained_over("cpu", 5, c), one);
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  EXPECT_EQ(trained_over("cpu", 11, c), test::train_some(c));
}

TEST(RanksTest, FastTrainsTheSameUpToRounding) {
  auto c = small_config();
  c.training.reproducible = engine::Reproducible::fast;
  auto const one = test::train_some(c), two = trained_over("cpu", 2, c);
  EXPECT_NEAR(two.loss, one.loss, 1e-6 * one.loss);
  auto exact = c;
  exact.training.reproducible = engine::Reproducible::ranks;
  EXPECT_NEAR(test::train_some(exact).loss, one.loss, 1e-6 * one.loss);
}

engine::Outcomes outcomes(Executor const& executor, std::vector<double>& solutions, std::int64_t tasks) {
  auto c = small_config();
  c.problem.test_tasks = static_cast<int>(tasks);
  auto const test = problems::problem_of(c).tasks(c).test;
  auto const width = static_cast<std::size_t>(train::architecture(c).features());
  train::FeatureScale const unscaled{std::vector<double>(width, 0.0), std::vector<double>(width, 1.0)};
  auto const evaluator = engine::make_evaluator(executor, train::learner_options(c, unscaled), test);
  evaluator->set_weights(train::initial_weights(c));
  evaluator->keep_solutions();
  train::solve_all(*evaluator, engine::Parameters::meta_solver, {1e-4, 10000}, tasks);
  solutions = evaluator->solutions();
  return evaluator->outcomes();
}

TEST_P(RanksOn, EvaluationGivesAllOutcomesToAll) {
  for (std::int64_t const tasks : {3, 1000}) {
    std::vector<double> solutions;
    auto const one = outcomes(executor(), solutions, tasks);
    test::ThreadGroup(4).run([&](std::shared_ptr<Ranks> const& group) {
      std::vector<double> own;
      auto const shared = outcomes(Executor::open(GetParam(), 1).over(group), own, tasks);
      EXPECT_EQ(shared.status, one.status);
      EXPECT_EQ(shared.iterations, one.iterations);
      EXPECT_EQ(shared.measure, one.measure);
      EXPECT_EQ(own, solutions);
    });
  }
}

TEST(RanksTest, WhatTheFirstThrowsAllThrow) {
  std::atomic<int> caught{0};
  test::ThreadGroup(3).run([&](std::shared_ptr<Ranks> const& group) {
    try {
      exec::from_first(group.get(), []() -> std::string { throw InputError("no such file"); });
    } catch (InputError const& error) {
      EXPECT_STREQ(error.what(), "no such file");
      ++caught;
    }
    EXPECT_EQ(exec::from_first(group.get(), [] { return std::string("then"); }), "then");
    EXPECT_EQ(exec::numbers_from_first(group.get(), [] { return std::vector<double>{0.1, -0.0}; }).size(), 2u);
    auto const texts = exec::gathered(*group, std::string(static_cast<std::size_t>(group->rank()), 'x'));
    EXPECT_EQ(texts, (std::vector<std::string>{"", "x", "xx"}));
  });
  EXPECT_EQ(caught, 3);
}

TEST(RanksTest, OnlineMetaSolversKnowTheSameAfterAMerge) {
  std::vector<std::vector<double>> learned(3);
  test::ThreadGroup(3).run([&](std::shared_ptr<Ranks> const& group) {
    OnlineMetaSolver online(
        Executor::cpu(1),
        {.parameters = {{.name = "x", .low = 0, .high = 1, .constant = 0.5}}, .capacity = 64, .cost_unit = 1});
    for (int call = 0; call < 20; ++call) {
      auto const theta = online.choose(64);
      std::vector<double> cost;
      for (std::int64_t t = 0; t < 64; ++t)
        cost.push_back(10 + 100 * std::abs(theta.data[t * theta.task_stride] - 0.2) + group->rank());
      online.learn({cost.data(), 1});
      if (call % 5 == 4) online.merge(*group);
    }
    learned[static_cast<std::size_t>(group->rank())] = {static_cast<double>(online.report().tasks),
                                                        online.report().cost};
  });
  EXPECT_EQ(learned[1], learned[0]);
  EXPECT_EQ(learned[2], learned[0]);
  EXPECT_EQ(learned[0][0], 3 * 20 * 64);
}

}  // namespace
}  // namespace metasolve
