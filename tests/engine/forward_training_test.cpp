// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/learning_settings.hpp"
#include "metasolve/detail/problems/robertson.hpp"
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
  c.of<problems::RobertsonSettings>().steps = 50;
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

/// Each update has directions of its own: with one for all, only two of the weights' many directions would change.
TEST(Forward, LearnsWhatTheAdjointLearns) {
  auto const after = [](engine::Gradient gradient) {
    auto c = poisson(gradient);
    c.of<problems::PoissonSettings>().unknowns = 16;
    c.problem.train_tasks = 1000;
    c.network.hidden = {30};
    auto const learner = test::fresh_learner(Executor::cpu(1), c);
    double first = 0, last = 0;
    for (std::uint64_t epoch = 0; epoch < 40; ++epoch) {
      last = test::train_epoch(*learner, c, epoch).iterations;
      if (epoch == 0) first = last;
    }
    return std::pair{first, last};
  };
  auto const [first, adjoint] = after(engine::Gradient::adjoint);
  auto const forward = after(engine::Gradient::forward).second;
  EXPECT_LT(adjoint, 0.7 * first);
  EXPECT_LE(forward, 1.1 * adjoint);
}

TEST(Forward, IsAKeyOfProblemsWithSeveralParameters) {
  auto const parsed = [](std::string const& problem, std::string const& more) {
    return config::parse("problem.name = \"" + problem + "\"\n" + more, "job.toml");
  };
  for (std::string const problem : {"poisson", "robertson"}) {
    EXPECT_EQ(parsed(problem, "").of<GradientSettings>().kind, engine::Gradient::adjoint);
    std::string const forward = "solver.gradient = \"forward\"\n";
    EXPECT_EQ(parsed(problem, forward).of<GradientSettings>().kind, engine::Gradient::forward);
    for (std::string const other : {"tangent", "difference", "spsa"}) {
      test::expect_message<InputError>([&] { parsed(problem, "solver.gradient = \"" + other + "\""); },
                                       {"solver.gradient", other, problem, "\"adjoint\" or \"forward\""});
    }
  }
  test::expect_message<InputError>(
      [&] { parsed("poisson", "solver.gradient = \"forward\"\noptimizer.kind = \"levenberg_marquardt\""); },
      {"solver.gradient", "forward", "levenberg_marquardt", "adam"});
}

}  // namespace
}  // namespace metasolve::forward_training_test
