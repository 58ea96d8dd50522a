// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/detail/train/checkpoint.hpp"
#include "metasolve/detail/train/run_folder.hpp"
#include "metasolve/train_problem.hpp"
#include "tests/support/command.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/forward_solver.hpp"
#include "tests/support/own_solver.hpp"

/// Training of a program's own solver by gradients along random directions: of one without adjoints, and what is
/// refused.
namespace metasolve::own_forward_run_test {
namespace {

using test::CubeRootProblem;
using test::expect_message;
using test::TemporaryFolder;

static_assert(!kernels::Solver<test::CubeRoot> && kernels::Problem<CubeRootProblem>);

/// a between 0.01 and 100, r and the guess of the constant method.
void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to) {
  for (std::int64_t t = first; t < first + n; ++t, to += 3) {
    double const share = std::fmod(0.618034 * static_cast<double>(t + 1) + 0.1 * static_cast<double>(set), 1.0);
    to[0] = std::pow(10.0, 4 * share - 2);
    to[1] = 0.8;
    to[2] = 1.0;
  }
}

TrainingSettings settings(int epochs) {
  return {"problem.train_tasks=256", "problem.validation_tasks=64", "problem.test_tasks=64",
          "training.batch_size=32",  "solver.max_iterations=60",    "training.epochs=" + std::to_string(epochs)};
}

class OwnForwardRun : public ::testing::Test {
 protected:
  TrainingReport train(std::string const& run, TrainingSettings const& given, TrainingControl const& control = {}) {
    return train_meta_solver<CubeRootProblem>(executor_, folder_ / run, rows, given, {}, control);
  }
  [[nodiscard]] train::Checkpoint last(std::string const& run) const {
    return train::read_checkpoint(train::RunFiles(folder_ / run).last());
  }

  TemporaryFolder folder_;
  Executor executor_ = Executor::cpu(1);
};

TEST_F(OwnForwardRun, LearnsWithoutAdjoints) {
  auto const report = train("run", settings(30));
  EXPECT_TRUE(report.finished);
  EXPECT_LT(report.iterations, 0.7 * report.constant_iterations);
  EXPECT_GT(report.iterations, 0);
}

TEST_F(OwnForwardRun, GoesOnBitForBit) {
  auto const whole = train("whole", settings(6));
  std::atomic<bool> stop{true};
  auto report = train("stopped", settings(6), {.stop = &stop});
  ASSERT_FALSE(report.finished);
  report = train("stopped", settings(6), {.resume = true});
  EXPECT_EQ(report.iterations, whole.iterations);
  EXPECT_EQ(last("stopped").learner.weights, last("whole").learner.weights);
}

TEST_F(OwnForwardRun, RefusesAGradientThatTheSolverDoesNotHave) {
  auto with = settings(2);
  with.push_back("solver.gradient=\"adjoint\"");
  expect_message<InputError>([&] { train("adjoint", with); }, {"solver.gradient", "adjoint", "cube_root", "forward"});
  with.back() = "solver.gradient=\"forward\"";
  expect_message<InputError>(
      [&] {
        train_meta_solver<test::SquareRootProblem>(executor_, folder_ / "plain", rows, with);  // plain numbers alone
      },
      {"solver.gradient", "forward", "square_root", "adjoint"});
}

}  // namespace
}  // namespace metasolve::own_forward_run_test
