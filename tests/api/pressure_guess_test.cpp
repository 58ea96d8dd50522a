// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/grid_network_settings.hpp"
#include "metasolve/detail/problems/pressure.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/train/evaluate.hpp"
#include "metasolve/error.hpp"
#include "metasolve/pressure_solver.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/pressure_systems.hpp"

/// PressureSolver from the guess of a meta-solver.
namespace metasolve::test::pressure_guess_test {
namespace {

constexpr int n = 16, points = n * n, count = 6;

config::RunConfig cycle_config(problems::PressureSettings settings = {}) {
  config::RunConfig c;
  c.problem.name = "pressure";
  c.problem.train_tasks = c.problem.validation_tasks = 1;
  c.problem.test_tasks = count;
  settings.points = n;
  settings.measure = settings.loss_measure = kernels::PressureMeasure::relative_residual;
  c.of<problems::PressureSettings>() = settings;
  auto& network = c.of<problems::GridNetworkSettings>();
  network.layers = {"v-cycle 4"};
  network.bias = false;
  c.network.activation = config::Activation::identity;
  c.network.precision = config::Precision::single_precision;
  return c;
}
/// Two fluids and an obstacle, with guesses of their own.
struct TwoFluids {
  PressureSystems systems{n, n, count + 2, false};
  TemporaryFolder folder;
  config::RunConfig config;
  TwoFluids() {
    auto const path = folder.path() / "systems.safetensors";
    auto const tensor = [](char const* name, std::int64_t rows, std::int64_t columns, std::vector<double> const& of) {
      return io::make_tensor<double>(name, {count + 2, rows, columns}, of);
    };
    io::write_safetensors(
        path,
        std::vector{tensor("rhs", n, n, systems.rhs), tensor("guess", n, n, systems.rhs),
                    tensor("weights_x", n, n - 1, systems.weights_x), tensor("weights_y", n - 1, n, systems.weights_y)},
        {});
    config = cycle_config({.tasks = path.string()});
  }
};

class PressureGuessOn : public CallerMemory {
 protected:
  struct Solved {
    std::vector<std::int32_t> iterations;
    std::vector<Origin> origin;
    std::vector<double> pressure;
  };
  /// Tasks of `rows`, as a PressureKind has them, with a capacity that may be larger.
  Solved solve(MetaSolver const& model, problems::PressureKind const& kind, std::vector<double> const& rows,
               std::int64_t tasks_, Policy const& policy, int iterations = 500) {
    auto const& s = kind.shape;
    auto const width = kind.width();
    double const* const at = place(rows);
    PressureSolver solver(executor(),
                          {.rows = s.rows,
                           .columns = s.columns,
                           .preconditioner = PressureSolver::Preconditioner::none,
                           .measure = PressureSolver::Measure::relative_residual},
                          {.capacity = count, .meta_solver = model});
    PressureSolver::Tasks tasks;
    tasks.count = tasks_;
    tasks.rhs = {at, width, 1};
    if (s.has_weights) {
      tasks.weights_x = {at + kind.weights_x_at(), width, 1};
      tasks.weights_y = {at + kind.weights_y_at(), width, 1};
    }
    if (s.has_guess) tasks.guess = {at + kind.guess_at(), width, 1};
    auto const of_tasks = static_cast<std::size_t>(tasks_);
    auto* const iterations_at = place(std::vector<std::int32_t>(of_tasks));
    auto* const origin_at = place(std::vector<Origin>(of_tasks));
    auto* const pressure_at = place(std::vector<double>(of_tasks * static_cast<std::size_t>(s.points())));
    PressureSolver::Results results;
    results.iterations = iterations_at, results.origin = origin_at;
    results.solution = {pressure_at, s.points(), 1};
    solver.solve(tasks, {.tolerance = 1e-6, .max_iterations = iterations}, results, policy);
    return {fetch(iterations_at, of_tasks), fetch(origin_at, of_tasks),
            fetch(pressure_at, of_tasks * static_cast<std::size_t>(s.points()))};
  }
  static std::vector<double> rows_of(engine::Tasks const& tasks, std::int64_t first, std::int64_t many) {
    std::vector<double> rows(static_cast<std::size_t>(many * tasks.kind->width()));
    tasks.fill(first, many, rows.data());
    return rows;
  }
};
METASOLVE_ON_EXECUTORS(PressureGuessOn);

/// The guess is the one that training and evaluation use: the same counts, in a box and with obstacles.
TEST_P(PressureGuessOn, CountsAsEvaluationDoes) {
  TwoFluids const fluids;
  for (auto const& c : {cycle_config(), fluids.config}) {
    auto const tasks = problems::problem_of(c).tasks(c).test;
    auto const& kind = dynamic_cast<problems::PressureKind const&>(*tasks.kind);
    auto const model = meta_solver(c);
    auto const rows = rows_of(tasks, 0, count);
    auto const guessed = solve(model, kind, rows, count, {});
    auto const own = solve(model, kind, rows, count, {.meta_solver = false});

    auto const features = static_cast<std::size_t>(kind.feature_count());
    train::FeatureScale const plain{std::vector<double>(features, 0.0), std::vector<double>(features, 1.0)};
    auto const evaluator = engine::make_evaluator(executor(), train::learner_options(c, plain), tasks);
    evaluator->set_weights(train::initial_weights(c));
    train::solve_all(*evaluator, engine::Parameters::meta_solver, {1e-6, 500}, count);
    int changed = 0;
    for (std::size_t t = 0; t < count; ++t) {
      EXPECT_EQ(guessed.iterations[t], evaluator->outcomes().iterations[t]);
      if (guessed.iterations[t] != own.iterations[t]) ++changed;
    }
    EXPECT_GT(changed, 0);
  }
}

TEST_P(PressureGuessOn, ATaskHasTheSameBitsAloneAndInABatch) {
  TwoFluids const fluids;
  auto const tasks = problems::problem_of(fluids.config).tasks(fluids.config).test;
  auto const& kind = dynamic_cast<problems::PressureKind const&>(*tasks.kind);
  auto const model = meta_solver(fluids.config);
  auto const all = solve(model, kind, rows_of(tasks, 0, count), count, {});
  for (int t = 0; t < count; ++t) {
    auto const alone = solve(model, kind, rows_of(tasks, t, 1), 1, {});
    EXPECT_EQ(alone.pressure,
              std::vector<double>(all.pressure.begin() + t * points, all.pressure.begin() + (t + 1) * points));
  }
}

TEST_P(PressureGuessOn, TakesTheOwnGuessInPlaceOfOneThatIsNotFinite) {
  auto const c = cycle_config();
  auto const tasks = problems::problem_of(c).tasks(c).test;
  auto const& kind = dynamic_cast<problems::PressureKind const&>(*tasks.kind);
  auto const spoilt = meta_solver(c, [](auto& weights) {
    for (auto& w : weights) w = 1e30;
  });
  auto const rows = rows_of(tasks, 0, count);
  auto const own = solve(spoilt, kind, rows, count, {.meta_solver = false});
  auto const replaced = solve(spoilt, kind, rows, count, {});
  EXPECT_EQ(replaced.pressure, own.pressure);
  EXPECT_EQ(replaced.origin, std::vector<Origin>(count, Origin::replaced));
}

TEST(PressureGuess, RefusesTasksThatTheModelWasNotTrainedOn) {
  auto const executor = Executor::cpu(1);
  expect_message<InputError>(
      [&] {
        PressureSolver(executor, {.rows = 8, .columns = 8},
                       {.capacity = 1, .meta_solver = meta_solver(cycle_config())});
      },
      {"meta"});
  PressureSolver solver(executor, {.rows = n, .columns = n},
                        {.capacity = 1, .meta_solver = meta_solver(cycle_config())});
  std::vector<double> const ones(points, 1.0);
  PressureSolver::Tasks tasks;
  tasks.count = 1;
  tasks.rhs = tasks.weights_x = tasks.weights_y = {ones.data(), points, 1};
  expect_message<InputError>([&] { solver.solve(tasks, {}, {}); }, {"trained on systems without weights"});
  TwoFluids const fluids;
  PressureSolver masked(executor, {.rows = n, .columns = n},
                        {.capacity = 1, .meta_solver = meta_solver(fluids.config)});
  tasks.weights_x = tasks.weights_y = {};
  expect_message<InputError>([&] { masked.solve(tasks, {}, {}); }, {"trained on systems with weights"});
}

}  // namespace
}  // namespace metasolve::test::pressure_guess_test
