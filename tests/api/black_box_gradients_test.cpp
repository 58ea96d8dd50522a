// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/io/read_file.hpp"
#include "metasolve/detail/train/checkpoint.hpp"
#include "tests/support/temporary_folder.hpp"

/// Trainings of black boxes by each estimator, as a whole.
namespace metasolve::black_box_gradients_test {
namespace {

using test::TemporaryFolder;
constexpr std::size_t d = 3;

/// Pretended: a fixed-point iteration whose measure falls by the factor rate, which is least, 0.5, where each
/// parameter is the task's number; counts, histories and times are of it.
struct Pretended {
  std::atomic<std::int64_t> solves{0};
  std::int64_t stops_after = -1;
  std::atomic<bool> stop{false};

  void operator()(Probes const& p) {
    solves += p.count;
    if (stops_after >= 0 && solves > stops_after) stop = true;
    for (std::int64_t t = 0; t < p.count; ++t) {
      double distance = 0;
      for (std::size_t i = 0; i < d; ++i) {
        double const from_best = p.theta[static_cast<std::size_t>(t) * d + i] - p.tasks[t];
        distance += from_best * from_best;
      }
      double const rate = 1 - 0.5 / (1 + 2 * distance);
      double measure = 1;
      std::int32_t k = 0;
      while (true) {
        if (p.history != nullptr) p.history[t * (std::int64_t{p.max_iterations} + 1) + k] = measure;
        if (measure <= p.tolerance || k == p.max_iterations) break;
        measure *= rate, ++k;
      }
      p.iterations[t] = k;
      p.status[t] = measure <= p.tolerance ? 0 : 1;
      if (p.seconds != nullptr) p.seconds[t] = 1e-6 * k;
    }
  }
};

void rows(TaskSet set, std::int64_t first, std::int64_t n, double* to) {
  for (std::int64_t t = 0; t < n; ++t) {
    to[t] = 0.2 + 1.6 * std::fmod(0.618034 * static_cast<double>(first + t) + 0.3 * static_cast<double>(set), 1.0);
  }
}

struct Case {
  char const* gradient;
  BlackBoxCost cost;
  double at_most;  ///< of the constants' mean
};
std::ostream& operator<<(std::ostream& to, Case const& c) {
  return to << c.gradient << '_' << static_cast<int>(c.cost);
}

class BlackBoxGradients : public testing::TestWithParam<Case> {
 protected:
  [[nodiscard]] BlackBox box(std::string const& name, Pretended& solve) const {
    auto const& c = GetParam();
    BlackBox made{.name = name + "_" + c.gradient + std::to_string(static_cast<int>(c.cost)),
                  .columns = {"a"},
                  .parameters = {{"x", 0, 2}, {"y", 0, 2}, {"z", 0, 2}},
                  .cost = c.cost};
    made.solve = [&solve](Probes const& p) { solve(p); };
    return made;
  }
  [[nodiscard]] static TrainingSettings settings(std::string const& epochs = "12") {
    return {"solver.gradient=\"" + std::string(GetParam().gradient) + "\"",
            "training.epochs=" + epochs,
            "problem.train_tasks=400",
            "problem.validation_tasks=100",
            "problem.test_tasks=100",
            "training.batch_size=50",
            "network.hidden=[8]",
            "optimizer.rate=0.02",
            "solver.max_iterations=300",
            "solver.tolerance=1e-6",
            "network.start=\"drawn\"",
            "solver.surrogate_hidden=[16]"};
  }
};

TEST_P(BlackBoxGradients, LearnWhatSuitsEachTask) {
  TemporaryFolder const folder;
  Pretended solve;
  auto const mine = box("learns", solve);
  auto const report = train_black_box(Executor::cpu(1), folder.path() / "run", mine, rows, settings());
  EXPECT_LT(report.iterations, GetParam().at_most * report.constant_iterations);
  // What is reported is what the predicted parameters need.
  constexpr std::int64_t n = 100;
  std::array<double, n> tasks{};
  std::array<double, n * d> theta{};
  std::array<std::int32_t, n> iterations{}, status{};
  rows(TaskSet::test, 0, n, tasks.data());
  predict_parameters(mine, MetaSolver::load(folder.path() / "run"), n, tasks.data(), theta.data());
  solve({.count = n,
         .tasks = tasks.data(),
         .theta = theta.data(),
         .tolerance = 1e-6,
         .max_iterations = 300,
         .iterations = iterations.data(),
         .status = status.data()});
  double sum = 0;
  for (auto const k : iterations) sum += k;
  EXPECT_NEAR(sum / n, report.iterations, 1e-9);
}

TEST_P(BlackBoxGradients, GoOnToTheSameBits) {
  TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  Pretended whole, parts;
  auto mine = box("resumes", whole);
  (void)train_black_box(executor, folder.path() / "whole", mine, rows, settings("4"));
  mine.solve = [&](Probes const& p) { parts(p); };
  parts.stops_after = 1300;  // within an epoch
  TrainingControl control;
  control.resume = true;
  control.stop = &parts.stop;
  EXPECT_FALSE(train_black_box(executor, folder.path() / "parts", mine, rows, settings("4"), control).finished);
  control.stop = nullptr;
  EXPECT_TRUE(train_black_box(executor, folder.path() / "parts", mine, rows, settings("4"), control).finished);
  auto const a = train::read_checkpoint(folder.path() / "whole" / "last.safetensors");
  auto const b = train::read_checkpoint(folder.path() / "parts" / "last.safetensors");
  EXPECT_EQ(a.learner.weights, b.learner.weights);
  EXPECT_EQ(a.learner.gradient, b.learner.gradient);
}

TEST_P(BlackBoxGradients, AFileOfCostsChangesNoBitAndSurvives) {
  TemporaryFolder const folder;
  auto const executor = Executor::cpu(1);
  Pretended solve;
  auto mine = box("cached", solve);
  auto const plain = train_black_box(executor, folder.path() / "plain", mine, rows, settings("2"));
  mine.cache = folder.path() / "costs";
  (void)train_black_box(executor, folder.path() / "first", mine, rows, settings("2"));
  auto const before = solve.solves.load();
  auto const again = train_black_box(executor, folder.path() / "second", mine, rows, settings("2"));
  EXPECT_EQ(solve.solves, before);
  EXPECT_EQ(again.iterations, plain.iterations);
  auto const weights = [&](char const* run) {
    return train::read_checkpoint(folder.path() / run / "last.safetensors").learner.weights;
  };
  EXPECT_EQ(weights("plain"), weights("first"));
  EXPECT_EQ(weights("plain"), weights("second"));
}

using enum BlackBoxCost;
INSTANTIATE_TEST_SUITE_P(All, BlackBoxGradients,
                         testing::Values(Case{"difference", iterations, 0.7}, Case{"difference", seconds, 0.7},
                                         Case{"spsa", iterations, 0.7}, Case{"spsa", history, 0.7},
                                         Case{"evolution", iterations, 0.7}, Case{"score", iterations, 0.7},
                                         Case{"control_variate", history, 0.7}),
                         [](auto const& of) {
                           return std::string(of.param.gradient) + std::to_string(static_cast<int>(of.param.cost));
                         });

}  // namespace
}  // namespace metasolve::black_box_gradients_test
