// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/train_some.hpp"

/// Training with solver.gradient = "forward": its bits depend on the configuration alone, also after a resume, and it
/// learns what the adjoint learns.
namespace metasolve::forward_training_test {
namespace {

using problems::GradientSettings;
using test::train_some;

config::RunConfig poisson(engine::Gradient gradient) {
  auto c = test::small_config();
  c.of<GradientSettings>().kind = gradient;
  return c;
}
config::RunConfig robertson(engine::Gradient gradient) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.problem.train_tasks = 150;
  c.problem.validation_tasks = 70;
  c.of<GradientSettings>().kind = gradient;
  c.solver.tolerance = 1e-8;
  c.solver.max_iterations = 300;
  c.network.hidden = {8};
  c.network.feature_scaling = config::FeatureScaling::standard;
  c.training.batch_size = 64;
  c.loss.scale = kernels::LossScale::logarithm;
  return c;
}

struct ForwardTraining : test::OnExecutors {};
METASOLVE_ON_EXECUTORS(ForwardTraining);

TEST_P(ForwardTraining, IsTheSameToTheLastBitHoweverTasksAreGrouped) {
  for (auto const& of : {poisson, robertson}) {
    auto const c = of(engine::Gradient::forward);
    auto const reference = train_some(executor(), c);
    EXPECT_EQ(train_some(executor(), c), reference);
    auto ungrouped = c;
    ungrouped.training.regroup = false;
    EXPECT_EQ(train_some(executor(), ungrouped), reference);
    EXPECT_NE(train_some(executor(), of(engine::Gradient::adjoint)).weights, reference.weights);
    auto other = c;
    other.training.seed += 1;
    EXPECT_NE(train_some(executor(), other).weights, reference.weights);
  }
}

TEST_P(ForwardTraining, GoesOnFromWhatWasSavedToTheLastBit) {
  for (auto const& of : {poisson, robertson}) {
    auto const c = of(engine::Gradient::forward);
    auto const whole = test::fresh_learner(executor(), c), resumed = test::fresh_learner(executor(), c);
    test::train_epoch(*whole, c, 0);
    resumed->restore(whole->save());
    EXPECT_EQ(test::train_epoch(*resumed, c, 1).loss, test::train_epoch(*whole, c, 1).loss);
    EXPECT_EQ(resumed->save().front().weights, whole->save().front().weights);
  }
}

TEST_P(ForwardTraining, IsThatOfTheCpuButForRounding) {
  for (auto const& of : {poisson, robertson}) {
    auto const c = of(engine::Gradient::forward);
    auto const here = train_some(executor(), c), there = train_some(c);
    EXPECT_NEAR(here.loss, there.loss, 1e-3 * there.loss);
    EXPECT_NEAR(here.iterations, there.iterations, 1e-3 * there.iterations);
  }
}

/// With a rate that falls, since the gradients have 15 times their square as variance. Each update must have directions
/// of its own: with one per task for all of them most of each task's gradient would never be seen.
TEST(ForwardTraining, LearnsWhatTheAdjointLearns) {
  auto const iterations_after = [](engine::Gradient gradient, int epochs) {
    auto c = poisson(gradient);
    c.of<problems::PoissonSettings>().unknowns = 16;
    c.problem.train_tasks = 2560;
    c.problem.validation_tasks = 500;
    c.training.batch_size = 256;
    c.network.hidden = {30, 30};
    c.solver.tolerance = 1e-3;
    auto const learner = test::fresh_learner(Executor::cpu(1), c);
    std::vector<std::int32_t> order(static_cast<std::size_t>(c.problem.train_tasks));
    for (int epoch = 0; epoch < epochs; ++epoch) {
      random::shuffle(order, 1, static_cast<std::uint64_t>(epoch));
      engine::EpochSettings const settings{0.01 * std::pow(0.03, epoch / 39.0), c.solver.tolerance};
      learner->begin_epoch(order, {&settings, 1});
      for (int step = 0; step < 10; ++step) learner->step(256);
    }
    engine::SolveLimits const limits{c.solver.tolerance, c.solver.max_iterations};
    return learner->validate({&limits, 1}, false).front().iterations;
  };
  double const untrained = iterations_after(engine::Gradient::adjoint, 0);
  double const adjoint = iterations_after(engine::Gradient::adjoint, 40);
  double const forward = iterations_after(engine::Gradient::forward, 40);
  EXPECT_LT(adjoint, 0.5 * untrained);
  EXPECT_NE(forward, adjoint);
  EXPECT_LE(forward, 1.1 * adjoint);
  RecordProperty("forward_over_adjoint", std::to_string(forward / adjoint));
}

TEST(ForwardTraining, IsAKeyOfProblemsWithSeveralParameters) {
  auto const parsed = [](std::string const& problem, std::string const& more) {
    return config::parse("problem.name = \"" + problem + "\"\n" + more, "job.toml");
  };
  for (std::string const problem : {"poisson", "robertson"}) {
    EXPECT_EQ(parsed(problem, "").of<GradientSettings>().kind, engine::Gradient::automatic);
    std::string const forward = "solver.gradient = \"forward\"\n";
    EXPECT_EQ(parsed(problem, forward).of<GradientSettings>().kind, engine::Gradient::forward);
    for (std::string const other : {"tangent", "difference", "spsa"}) {
      test::expect_message<InputError>([&] { parsed(problem, "solver.gradient = \"" + other + "\""); },
                                       {"solver.gradient", other, problem, "one of \"adjoint\", \"forward\""});
    }
  }
  test::expect_message<InputError>(
      [&] { parsed("poisson", "solver.gradient = \"forward\"\noptimizer.kind = \"levenberg_marquardt\""); },
      {"solver.gradient", "forward", "levenberg_marquardt", "adam"});
}

}  // namespace
}  // namespace metasolve::forward_training_test
