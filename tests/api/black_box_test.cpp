// SPDX-License-Identifier: Apache-2.0
#include "metasolve/black_box.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>

#include "metasolve/error.hpp"
#include "metasolve/types.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/temporary_folder.hpp"

/// Somebody else's solver, of which only calls are known (python/tests/test_black_box.py has more).
namespace metasolve::black_box_test {
namespace {

using test::expect_message;
using test::TemporaryFolder;

/// Pretended: 20 iterations where omega is the task's number a, more elsewhere.
std::int32_t iterations_of(double a, double omega) {
  return static_cast<std::int32_t>(std::lround(20 + 150 * (omega - a) * (omega - a)));
}

BlackBox box(std::string name) {
  BlackBox made{.name = std::move(name), .columns = {"a", "b"}, .parameters = {{"omega", 0, 2}}};
  made.solve = [](Probes const& p) {
    for (std::int64_t t = 0; t < p.count; ++t) p.iterations[t] = iterations_of(p.tasks[2 * t], p.theta[t]);
  };
  return made;
}

double number_of(TaskSet set, std::int64_t task) {
  return 0.3 + 1.4 * std::fmod(0.618034 * static_cast<double>(task) + 0.3 * static_cast<double>(set), 1.0);
}

void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to) {
  for (std::int64_t t = 0; t < n; ++t) to[2 * t] = number_of(set, first + t), to[2 * t + 1] = 1;
}

TrainingSettings const settings = {"problem.train_tasks=600", "problem.validation_tasks=200", "problem.test_tasks=100",
                                   "training.epochs=8",       "training.batch_size=50",       "network.hidden=[8]",
                                   "optimizer.rate=0.02",     "solver.max_iterations=500"};

TEST(BlackBoxes, AreLearnedFromTheirCalls) {
  TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  auto const mine = box("box_of_the_tests");
  auto const report = train_black_box(executor, folder.path() / "run", mine, rows, settings);
  ASSERT_TRUE(report.tuned.has_value());
  EXPECT_NEAR(*report.tuned, 1.0, 0.15);
  EXPECT_LT(report.tuned_iterations, report.constant_iterations);
  EXPECT_LT(report.iterations, 0.8 * report.tuned_iterations);

  std::vector<double> tasks(200), theta(100);
  rows(TaskSet::test, 0, 100, tasks.data());
  predict_parameters(mine, MetaSolver::load(folder.path() / "run"), 100, tasks.data(), theta.data());
  double sum = 0;
  for (std::size_t t = 0; t < 100; ++t) sum += iterations_of(tasks[2 * t], theta[t]);
  EXPECT_NEAR(sum / 100, report.iterations, 1e-9);
  EXPECT_EQ(evaluate_black_box(executor, folder.path() / "run", mine, rows, {"problem.test_tasks=100"}).iterations,
            report.iterations);
}

TEST(BlackBoxes, ThrowOnWhatTheirSolveThrows) {
  TemporaryFolder const folder;
  auto mine = box("box_that_throws");
  mine.solve = [](Probes const&) { throw std::logic_error("mine"); };
  EXPECT_THROW(train_black_box(Executor::cpu(1), folder.path() / "run", mine, rows, settings), std::logic_error);
}

TEST(BlackBoxes, WrongOnesAreNamed) {
  auto const rejected = [](std::string const& name, auto&& change) {
    auto wrong = box("wrong");
    change(wrong);
    expect_message<InputError>([&] { validate(wrong); }, {name});
  };
  rejected("name", [](BlackBox& b) { b.name.clear(); });
  rejected("solve", [](BlackBox& b) { b.solve = nullptr; });
  rejected("columns", [](BlackBox& b) { b.columns.clear(); });
  rejected("\"a\"", [](BlackBox& b) { b.columns = {"a", "a"}; });
  rejected("parameters", [](BlackBox& b) { b.parameters.clear(); });
  rejected("omega", [](BlackBox& b) { b.parameters[0].low = 3; });
  rejected("omega", [](BlackBox& b) { b.parameters[0].constant = 5; });
  rejected("omega", [](BlackBox& b) { b.parameters[0].kind = ParameterKind::logarithmic; });
  rejected("\"c\"", [](BlackBox& b) { b.by_logarithm = {"c"}; });
}

TEST(BlackBoxes, AStatusOfNoMeaningIsNamed) {
  TemporaryFolder const folder;
  auto mine = box("box_of_wrong_status");
  mine.solve = [](Probes const& p) { std::fill_n(p.status, p.count, 17); };
  expect_message<InputError>([&] { train_black_box(Executor::cpu(1), folder.path() / "run", mine, rows, settings); },
                             {"status 17"});
}

TEST(BlackBoxes, WhoGivesUpEarlyIsNotFast) {
  TemporaryFolder const folder;
  auto mine = box("box_that_gives_up");
  mine.solve = [](Probes const& p) {
    for (std::int64_t t = 0; t < p.count; ++t) {
      bool const gives_up = p.theta[t] > 1;
      p.iterations[t] = gives_up ? 3 : 50 + static_cast<std::int32_t>(std::lround(100 * p.theta[t]));
      p.status[t] = static_cast<std::int32_t>(gives_up ? Status::stagnated : Status::converged);
    }
  };
  auto const report = train_black_box(Executor::cpu(1), folder.path() / "run", mine, rows, settings);
  EXPECT_EQ(report.failed, 0);
  EXPECT_EQ(report.converged, 1);
  EXPECT_GE(report.iterations, 50);
}

TEST(BlackBoxes, ALogarithmOfWhatIsNotPositiveIsNamed) {
  TemporaryFolder const folder;
  auto mine = box("box_of_logarithms");
  mine.by_logarithm = {"a"};
  auto const negative = [](TaskSet set, std::int64_t first, std::int64_t n, double* to) {
    rows(set, first, n, to);
    if (first <= 3 && 3 < first + n) to[2 * (3 - first)] = -1;
  };
  auto with = settings;
  with.emplace_back("network.feature_scaling=\"none\"");
  expect_message<InputError>(
      [&] { (void)train_black_box(Executor::cpu(1), folder.path() / "run", mine, negative, with); },
      {"log10 of a of task 3", "by_logarithm"});
}

TEST(BlackBoxes, AnotherShapeOfTheSameNameIsRefused) {
  TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  auto mine = box("box_of_two_shapes");
  mine.hidden = {"b"};
  (void)train_black_box(executor, folder.path() / "run", mine, rows, settings);
  for (auto const& change : std::vector<std::function<void(BlackBox&)>>{
           [](BlackBox& b) { b.columns.emplace_back("c"), b.hidden.emplace_back("c"); },
           [](BlackBox& b) {
             b.columns = {"b", "a"};
           },
           [](BlackBox& b) { b.cost = BlackBoxCost::history; }, [](BlackBox& b) { b.parameters[0].constant = 0.7; }}) {
    auto other = mine;
    change(other);
    expect_message<InputError>([&] { (void)train_black_box(executor, folder.path() / "other", other, rows, settings); },
                               {"box_of_two_shapes", "name of its own"});
  }
}

}  // namespace
}  // namespace metasolve::black_box_test
