// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/gradient_tuning.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/qp_families.hpp"
#include "metasolve/detail/problems/qp_kind.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/detail/train/tries.hpp"
#include "metasolve/runs.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// `tune` of many constants: an ordinary training whose network is its biases.
namespace metasolve::gradient_tuning_test {
namespace {

using namespace test;

config::RunConfig configuration() {
  config::RunConfig c;
  c.problem.name = "qp";
  c.of<problems::QpSettings>() = {.of = "quadcopter_condensed", .size = 3};
  c.problem.train_tasks = 64;
  c.problem.validation_tasks = 50;
  c.problem.test_tasks = 20;
  c.solver.tolerance = 1e-3;
  c.solver.max_iterations = 400;
  c.evaluation.max_iterations = 400;
  c.training.batch_size = 32;
  c.training.epochs = 20;
  return c;
}

train::RunRequest request_in(std::filesystem::path const& folder) {
  return {train::RunFiles(folder), false, {}, {"test"}, train::remedies_of_library, {}, {}};
}

TEST(GradientTuning, FindsBetterConstantsOfTheSameConfiguration) {
  TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  auto const given = configuration();
  auto const request = request_in(folder / "run");
  auto const tuning = train::tune_by_gradient(executor, given, request, 60);
  EXPECT_FALSE(tuning.stopped);
  EXPECT_TRUE(tuning.epochs >= 1 && tuning.epochs <= 20);
  EXPECT_TRUE(tuning.after.mean < 0.95 * tuning.before.mean) << tuning.before.mean << " to " << tuning.after.mean;

  // The constants stand in the configuration, a penalty for each row, and nothing else differs.
  auto const& settings = tuning.config.of<problems::QpSolverSettings>();
  std::size_t const rows = 12 + 9;
  ASSERT_EQ(tuning.found.size(), rows + 1);
  EXPECT_EQ(settings.rho, std::vector<double>(tuning.found.begin(), tuning.found.end() - 1));
  EXPECT_EQ(settings.alpha, tuning.found.back());
  for (double const value : tuning.found) EXPECT_TRUE(value > 0 && std::isfinite(value));
  auto without = tuning.config;
  without.of<problems::QpSolverSettings>().rho = given.of<problems::QpSolverSettings>().rho;
  without.of<problems::QpSolverSettings>().alpha = given.of<problems::QpSolverSettings>().alpha;
  EXPECT_EQ(without, given);

  // The file is that configuration, to the bit; a network that chooses starts there.
  EXPECT_EQ(config::load(train::constants_file(request.files), {}), tuning.config);
  auto cold = tuning.config;
  cold.of<problems::QpSolverSettings>().learned = problems::QpLearned::penalties;
  auto const counts = train::outcomes_of_own(executor, cold, problems::problem_of(cold).tasks(cold).validation, 400);
  EXPECT_EQ(train::figures_of(counts).mean, tuning.after.mean);

  // The network sees no features; its model predicts the constants for every task.
  auto const best = train::read_checkpoint(request.files.best());
  for (double const scale : best.features.scale) EXPECT_EQ(scale, 0);
  EXPECT_TRUE(best.config.network.hidden.empty());
  EXPECT_NEAR(best.best_iterations, tuning.after.mean, 1e-9 * tuning.after.mean);
  auto const evaluation = train::evaluate(executor, best, train::ConstantSearch::none);
  EXPECT_TRUE(evaluation.tolerances.front().meta.mean < evaluation.tolerances.front().baseline.mean);
  expect_message<InputError>([&] { train::tune_by_gradient(executor, given, request, 60); }, {"holds another run"});
}

TEST(GradientTuning, CanBeStopped) {
  TemporaryFolder const folder;
  std::atomic<bool> const stop = true;
  auto request = request_in(folder / "run");
  request.hooks.stop = &stop;
  auto const tuning = train::tune_by_gradient(Executor::cpu(1), configuration(), request, 60);
  EXPECT_TRUE(tuning.stopped);
  EXPECT_TRUE(tuning.found.empty());
  EXPECT_EQ(tuning.config, configuration());
}

TEST(GradientTuning, OtherProblemsHaveAGrid) {
  config::RunConfig c;
  EXPECT_FALSE(train::tunes_by_gradient(c));
  TemporaryFolder const folder;
  expect_message<InputError>([&] { train::tune_by_gradient(Executor::cpu(1), c, request_in(folder / "run"), 1); },
                             {"poisson", "by gradient"});
}

}  // namespace
}  // namespace metasolve::gradient_tuning_test
