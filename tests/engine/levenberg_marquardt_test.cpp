// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/error.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"

/// Second-order training as a whole; its parts are in curvature_test.cpp and gauss_newton_test.cpp.
namespace metasolve::levenberg_marquardt_test {
namespace {

using namespace test;

config::RunConfig small_config() {
  config::RunConfig c;
  c.of<problems::PoissonSettings>().unknowns = 8;
  c.problem.train_tasks = 120;
  c.problem.validation_tasks = 40;
  c.solver.tolerance = 1e-3;
  c.network.hidden = {6, 5};
  c.loss.scale = kernels::LossScale::logarithm;
  c.optimizer.kind = engine::Optimizer::levenberg_marquardt;
  return c;
}

struct Trained {
  std::vector<double> losses;
  std::vector<engine::LearnerState> states;
};

/// Members with seeds 0, 1, ... trained together.
Trained train_members(Executor const& executor, config::RunConfig const& base, std::vector<std::uint64_t> const& seeds,
                      int steps) {
  std::vector<engine::Tasks> train, validation;
  std::vector<engine::LearnerState> states;
  std::vector<engine::EpochSettings> const settings(seeds.size(), {0, base.solver.tolerance});
  train::FeatureScale features;
  for (auto const seed : seeds) {
    auto c = base;
    c.training.seed = seed;
    auto const splits = problems::problem_of(c).tasks(c);
    features = train::feature_scale(c, splits.train);
    train.push_back(splits.train);
    validation.push_back(splits.validation);
    states.push_back({train::initial_weights(c), {}, {}, {}});
  }
  auto options = train::learner_options(base, features);
  options.members = static_cast<std::int64_t>(seeds.size());
  auto const learner =
      engine::make_learner(executor, options, {engine::concatenated(train), engine::concatenated(validation)});
  learner->restore(states);
  Trained result;
  for (int s = 0; s < steps; ++s) {
    learner->begin_epoch({}, settings);
    learner->step(base.problem.train_tasks);
    result.losses.push_back(learner->epoch_totals().front().loss);
  }
  result.states = learner->save();
  return result;
}

struct SecondOrder : OnExecutors {};
METASOLVE_ON_EXECUTORS(SecondOrder);

TEST_P(SecondOrder, TheLossNeverRisesAndFallsFar) {
  for (auto const kind : {kernels::LossKind::surrogate, kernels::LossKind::measure}) {
    auto c = small_config();
    c.loss.kind = kind;
    c.loss.iterations = 3;
    auto const losses = train_members(executor(), c, {0}, 25).losses;
    for (std::size_t i = 1; i < losses.size(); ++i) EXPECT_LE(losses[i], losses[i - 1]) << "step " << i;
    EXPECT_LT(losses.back(), 0.2 * losses.front());
  }
}

TEST_P(SecondOrder, AMemberIsTrainedAsIfAlone) {
  auto const c = small_config();
  auto const together = train_members(executor(), c, {0, 1, 2}, 4).states;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    auto const alone = train_members(executor(), c, {seed}, 4).states.front();
    ASSERT_EQ(alone.weights.size(), together[seed].weights.size());
    for (std::size_t i = 0; i < alone.weights.size(); ++i) {
      // BLAS rounding may depend on the address of a matrix.
      EXPECT_NEAR(alone.weights[i], together[seed].weights[i], 1e-9) << "seed " << seed << ", weight " << i;
    }
    EXPECT_EQ(alone.damping, together[seed].damping);
  }
  EXPECT_NE(together[0].weights, together[1].weights);
  auto const again = train_members(Executor::open(GetParam(), 1), c, {0, 1, 2}, 4).states;
  EXPECT_EQ(again[1].weights, together[1].weights) << "nothing depends on the threads";
}

TEST(LevenbergMarquardt, IsRefusedAboveItsMemory) {
  auto c = small_config();
  c.network.hidden = {2000, 2000};
  auto const splits = problems::problem_of(c).tasks(c);
  auto const options = train::learner_options(c, train::feature_scale(c, splits.train));
  expect_message<InputError>(
      [&] {
        engine::make_learner(Executor::cpu(1), options, {splits.train, splits.validation});
      },
      {"levenberg_marquardt", "4036008 weights", "resources.memory", "adam"});
  c = small_config();
  c.network.precision = engine::Precision::single_precision;
  expect_message<InputError>([&] { config::check(c, "here"); }, {"here", "levenberg_marquardt", "double"});
}

TEST_P(SecondOrder, StepsFromANonFiniteStartAreNotTaken) {
  auto c = small_config();
  c.network.output_gain = 1e300;
  auto const before = train::initial_weights(c);
  auto const after = train_members(executor(), c, {0}, 3).states.front();
  for (double const w : after.weights) EXPECT_TRUE(std::isfinite(w));
}

TEST(Concatenated, GivesEachGroupItsOwn) {
  auto c = small_config();
  c.problem.train_tasks = 5;
  std::vector<engine::Tasks> groups;
  std::vector<double> expected;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    c.training.seed = seed;
    groups.push_back(problems::problem_of(c).tasks(c).train);
    std::vector<double> rows(5 * 16);
    groups.back().fill(0, 5, rows.data());
    expected.insert(expected.end(), rows.begin(), rows.end());
  }
  auto const all = engine::concatenated(groups);
  ASSERT_EQ(all.count, 15);
  for (std::int64_t const part : {1, 4, 7, 15}) {
    std::vector<double> rows(15 * 16);
    for (std::int64_t first = 0; first < 15; first += part) {
      all.fill(first, std::min(part, 15 - first), rows.data() + first * 16);
    }
    EXPECT_EQ(rows, expected) << "parts of " << part;
  }
}

}  // namespace
}  // namespace metasolve::levenberg_marquardt_test
