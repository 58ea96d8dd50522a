// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/pressure.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/grid_network_settings.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/problems/smoke.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/detail/train/setup.hpp"
#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/pressure_systems.hpp"
#include "tests/support/temporary_folder.hpp"

/// Pressure systems as a problem: smoke, files of systems, counts and direct solutions.
namespace metasolve::test::pressure_test {
namespace {

using kernels::PressureMeasure;
using problems::PressureKind;
using problems::PressureSettings;

config::RunConfig small_config() {
  config::RunConfig c;
  c.problem.name = "pressure";
  c.problem.train_tasks = c.problem.validation_tasks = c.problem.test_tasks = 4;
  c.of<PressureSettings>().points = 16;
  c.solver.tolerance = 1e-3;
  c.evaluation.max_iterations = 1000;
  return c;
}

/// Solves tasks without a network.
struct Figures {
  double mean = 0;
  int failed = 0;
  std::vector<double> solutions;
};
Figures figures_of(Executor const& executor, config::RunConfig const& c, engine::Tasks const& tasks, double tolerance) {
  auto const evaluator = engine::make_evaluator(executor, train::learner_options(c, {}), tasks);
  evaluator->keep_solutions();
  train::solve_all(*evaluator, engine::Parameters::given, {tolerance, c.evaluation.max_iterations}, tasks.count);
  auto const outcomes = evaluator->outcomes();
  Figures f;
  for (std::size_t t = 0; t < outcomes.status.size(); ++t) {
    f.mean += outcomes.iterations[t] / static_cast<double>(tasks.count);
    if (outcomes.status[t] != static_cast<int>(Status::converged)) ++f.failed;
  }
  f.solutions = evaluator->solutions();
  return f;
}

TEST(Smoke, StaysInTheBoxAndProjects) {
  constexpr int n = 32;
  problems::Smoke smoke(n, random::Draws(3, random::Stream::test_tasks, 0));
  double before = 0, after = 0;
  for (double const d : smoke.density()) before += d;
  for (int f = 0; f < 5; ++f) smoke.step();
  for (double const d : smoke.density()) after += d;
  EXPECT_NEAR(after, before, 1e-9 * before);
  auto const& b = smoke.rhs();
  auto const p = [&](int y, int x) {
    return smoke.pressure()[static_cast<std::size_t>(std::clamp(y, 0, n - 1) * n + std::clamp(x, 0, n - 1))];
  };
  double largest = 0, worst = 0, sum = 0;
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) {
      double const f = b[static_cast<std::size_t>(y * n + x)];
      worst = std::max(worst, std::abs(f - (4 * p(y, x) - p(y, x - 1) - p(y, x + 1) - p(y - 1, x) - p(y + 1, x))));
      largest = std::max(largest, std::abs(f));
      sum += f;
    }
  }
  EXPECT_GT(largest, 0);
  EXPECT_LT(worst, 1e-8 * largest);
  EXPECT_LT(std::abs(sum), 1e-9);
}

/// The published counts of the zero guess, within the spread of a few scenes (research: 121.6 at 1e-3).
TEST(PressureProblem, TakesAsManyIterationsAsPublished) {
  auto c = small_config();
  c.of<PressureSettings>().points = 64;
  c.problem.test_tasks = 320;
  auto const figures = figures_of(Executor::cpu(2), c, problems::problem_of(c).tasks(c).test, 1e-3);
  EXPECT_NEAR(figures.mean, 121.6, 0.05 * 121.6);
  EXPECT_EQ(figures.failed, 0);
}

TEST(PressureProblem, FramesDoNotDependOnTheOrderInWhichTheyAreMade) {
  auto const c = small_config();
  auto const tasks = problems::problem_of(c).tasks(c).test;
  std::vector<double> all(static_cast<std::size_t>(4 * tasks.kind->width())),
      one(static_cast<std::size_t>(tasks.kind->width()));
  tasks.fill(0, 4, all.data());
  tasks.fill(2, 1, one.data());
  EXPECT_TRUE(std::equal(one.begin(), one.end(), all.begin() + 2 * tasks.kind->width()));
}

TEST(PressureProblem, RefusesWhatANetworkOnAGridHasNot) {
  auto c = small_config();
  c.of<problems::GridNetworkSettings>().layers = {"conv 3 1"};
  config::check(c, "here");
  c.network.initial_bias = 1;
  expect_message<InputError>([&] { config::check(c, "here"); }, {"network.initial_bias: given 1", "network.layers"});
  c.network.initial_bias = 0;
  c.of<problems::GridNetworkSettings>().layers = {"v-cycle 6"};  // 16 cells have 5 grids
  expect_message<InputError>([&] { config::check(c, "here"); }, {"network.layers: layer", "cannot be halved"});
}

class PressureFiles : public ::testing::Test {
 protected:
  PressureSystems systems{12, 8, 6, false};
  TemporaryFolder folder;

  std::string write(bool with_guess, std::vector<double> const& weights_y) {
    using Tensor = io::Tensor;
    std::vector<Tensor> tensors{io::make_tensor<double>("rhs", {6, 8, 12}, systems.rhs),
                                io::make_tensor<double>("weights_x", {6, 8, 11}, systems.weights_x),
                                io::make_tensor<double>("weights_y", {6, 7, 12}, weights_y)};
    if (with_guess) tensors.push_back(io::make_tensor<double>("guess", {6, 8, 12}, systems.rhs));
    auto const path = folder.path() / "systems.safetensors";
    io::write_safetensors(path, tensors, {});
    return path.string();
  }
};

TEST_F(PressureFiles, AreReadAndSolvedDirectlyToo) {
  auto c = small_config();
  c.of<PressureSettings>().tasks = write(true, systems.weights_y);
  c.of<PressureSettings>().measure = PressureMeasure::relative_residual;
  c.problem.train_tasks = c.problem.validation_tasks = 1;
  auto const& problem = problems::problem_of(c);
  EXPECT_EQ(problem.features(c), 2 * 96);
  EXPECT_EQ(problem.baseline(c), "the tasks' own guess");
  auto const executor = Executor::cpu(1);
  auto const iterated = figures_of(executor, c, problem.tasks(c).test, 1e-9);
  auto const direct = figures_of(executor, c, problem.direct(c)->tasks, 1e-9);
  EXPECT_EQ(iterated.failed + direct.failed, 0);
  for (int t = 0; t < 4; ++t) {  // the test tasks are those from 2 on
    EXPECT_LT(systems.relative_residual(2 + t, iterated.solutions.data() + t * 96), 1.1e-9);
    EXPECT_LT(systems.relative_residual(2 + t, direct.solutions.data() + t * 96), 1e-9);
  }
}

TEST_F(PressureFiles, SayWhatIsWrong) {
  expect_message<InputError>([&] { problems::read_pressure_file((folder.path() / "none").string()); }, {"none"});
  auto negative = systems.weights_y;
  negative[3] = -1;
  auto const path = write(false, negative);
  expect_message<InputError>([&] { problems::read_pressure_file(path); }, {"weights_y has a negative number"});
  io::write_safetensors(path, std::vector{io::make_tensor<double>("rhs", {96, 6}, systems.rhs)}, {});
  expect_message<InputError>([&] { problems::read_pressure_file(path); }, {"rhs must be [tasks][rows][columns]"});
  io::write_safetensors(path,
                        std::vector{io::make_tensor<double>("rhs", {6, 8, 12}, systems.rhs),
                                    io::make_tensor<double>("weights_x", {6, 8, 11}, systems.weights_x)},
                        {});
  expect_message<InputError>([&] { problems::read_pressure_file(path); }, {"give both or neither"});
}

}  // namespace
}  // namespace metasolve::test::pressure_test
