// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <vector>

#include "examples/stirred_tank/stirred_tank.hpp"
#include "metasolve/error.hpp"
#include "metasolve/train_problem.hpp"

/// A user-defined problem in a file compiled by nvcc: this enables devices; CPUs need an additional .cpp file.
namespace metasolve {
namespace {

constexpr std::size_t columns = TankProblem::columns, n = 4000;

/// Tanks outside ignition, whose step has one solution.
void draw(TaskSet set, std::int64_t first, std::int64_t count, double* rows) {
  for (std::int64_t t = 0; t < count; ++t, rows += columns) {
    auto const at = static_cast<double>((first + t) * 3 + static_cast<std::int64_t>(set));
    auto const spread = [&](double step) { return std::fmod(at * step, 1.0); };
    double const values[columns] = {0.01 + 0.1 * spread(0.618034),
                                    6 + 2 * spread(0.414214),
                                    1 + spread(0.732051),
                                    0.01 + 0.05 * spread(0.236068),
                                    0.5 * spread(0.302776),
                                    spread(0.645751),
                                    1};
    for (std::size_t c = 0; c < columns; ++c) rows[c] = values[c];
    rows[7] = rows[4];
    rows[8] = rows[5];
  }
}

std::optional<Executor> device() {
  try {
    return Executor::cuda();
  } catch (DeviceError const&) {
    return std::nullopt;
  }
}

TEST(ProblemOfNvcc, IsNotCompiledForCpus) {
  auto const cpu = Executor::cpu(1);
  try {
    ProblemSolver<TankProblem> const solver(cpu, {4});
    FAIL() << "no .cpp file of this test names the problem";
  } catch (DeviceError const& error) {
    EXPECT_NE(std::string(error.what()).find("stirred_tank was not compiled for the executor \"cpu\""),
              std::string::npos)
        << error.what();
  }
}

TEST(ProblemOfNvcc, TrainsAndSolvesOnADevice) {
  auto const executor = device();
  if (!executor) GTEST_SKIP() << "no CUDA device";
  auto const folder = std::filesystem::temp_directory_path() / "metasolve_problem_of_nvcc";
  std::filesystem::remove_all(folder);  // an earlier test's run is not overwritten
  auto const report = train_meta_solver<TankProblem>(
      *executor, folder, draw,
      {"problem.train_tasks=4000", "problem.validation_tasks=1000", "problem.test_tasks=2000", "training.epochs=3"});
  EXPECT_EQ(report.converged, 1.0);

  std::vector<double> rows(n * columns), solution(2 * n);
  draw(TaskSet::test, 0, n, rows.data());
  auto const on_device = executor->allocate(rows.size() * sizeof(double));
  auto const answers = executor->allocate(solution.size() * sizeof(double));
  executor->upload(on_device.get(), rows.data(), rows.size() * sizeof(double));
  ProblemSolver<TankProblem>::Tasks tasks{.count = n};
  for (std::size_t c = 0; c < columns; ++c) tasks.column[c] = {static_cast<double*>(on_device.get()) + c, columns};
  ProblemSolver<TankProblem> solver(*executor, {n, MetaSolver::load(folder)});
  std::filesystem::remove_all(folder);
  for (bool const by_meta_solver : {false, true}) {
    solver.solve(tasks, {1e-9, 500}, {.solution = {static_cast<double*>(answers.get()), 2, 1}},
                 {.meta_solver = by_meta_solver});
    executor->download(solution.data(), answers.get(), solution.size() * sizeof(double));
    for (std::size_t t = 0; t < n; ++t) {
      double g[2];
      double const y[2] = {solution[2 * t], solution[2 * t + 1]};
      StirredTank::residual(rows.data() + t * columns, y, g);
      ASSERT_LT(std::hypot(g[0], g[1]), 1e-8) << "task " << t;
    }
  }
}

}  // namespace
}  // namespace metasolve
