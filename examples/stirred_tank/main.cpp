// SPDX-License-Identifier: Apache-2.0
#include "stirred_tank.hpp"

#include <cmath>
#include <cstdio>
#include <random>
#include <vector>

#include "metasolve/error.hpp"

/// Trains a meta-solver for steps of stirred tanks, then solves a batch with it and without.
/// Usage: stirred_tank [FOLDER_OF_THE_RUN [EPOCHS]]
namespace {

constexpr std::size_t columns = TankProblem::columns;

/// Task `index` of a set: tanks that ignite, states on the way, steps over a decade; r = 1, from the step's
/// beginning.
void draw(metasolve::TaskSet set, std::int64_t index, double* row) {
  std::mt19937_64 random(static_cast<std::uint64_t>(index) * 3 + static_cast<std::uint64_t>(set));
  std::uniform_real_distribution<double> uniform(0, 1);
  double const x = uniform(random);
  double const values[columns] = {std::pow(10, -2 + 1.5 * uniform(random)),
                                  6 + 8 * uniform(random),
                                  1 + 2 * uniform(random),
                                  std::pow(10, -2 + uniform(random)),
                                  x,
                                  6 * x * uniform(random),
                                  1,
                                  0,
                                  0};
  for (std::size_t c = 0; c < columns; ++c) row[c] = values[c];
  row[7] = row[4];
  row[8] = row[5];
}

std::vector<double> rows_of(metasolve::TaskSet set, std::int64_t first, std::int64_t n) {
  std::vector<double> rows(static_cast<std::size_t>(n) * columns);
  for (std::int64_t t = 0; t < n; ++t) draw(set, first + t, rows.data() + static_cast<std::size_t>(t) * columns);
  return rows;
}

}  // namespace

int main(int argc, char** argv) try {
  std::string const run = argc > 1 ? argv[1] : "tank_run";
  std::string const epochs = argc > 2 ? argv[2] : "20";
  auto const executor = metasolve::Executor::cpu();

  auto const report = metasolve::train_meta_solver<TankProblem>(
      executor, run,
      [](metasolve::TaskSet set, std::int64_t first, std::int64_t n, double* to) {
        auto const rows = rows_of(set, first, n);
        std::copy(rows.begin(), rows.end(), to);
      },
      {"training.epochs=" + epochs, "solver.max_iterations=500"});
  std::printf("trained in %.1f s: %.2f iterations in place of %.2f, %.4f of the time\n", report.seconds,
              report.iterations, report.constant_iterations, report.time_ratio);

  // From here on it is any program that has the run: a batch of its own, one row a task.
  constexpr std::int64_t count = 20000;
  auto const rows = rows_of(metasolve::TaskSet::test, 1'000'000, count);
  metasolve::ProblemSolver<TankProblem>::Tasks tasks{.count = count};
  for (std::size_t c = 0; c < columns; ++c) tasks.column[c] = {rows.data() + c, columns};
  metasolve::ProblemSolver<TankProblem> solver(executor,
                                               {.capacity = count, .meta_solver = metasolve::MetaSolver::load(run)});

  std::vector<std::int32_t> status(count), iterations(count);
  std::vector<double> solution(2 * count), constant_solution(2 * count);
  metasolve::Tally tally;
  auto const mean = [&](bool by_meta_solver, std::vector<double>& to) {
    solver.solve(
        tasks, {.tolerance = 1e-9, .max_iterations = 500},
        {.status = status.data(), .iterations = iterations.data(), .solution = {to.data(), 2, 1}, .tally = &tally},
        {.meta_solver = by_meta_solver, .retry = true});
    double sum = 0, converged = 0;
    for (std::size_t t = 0; t < count; ++t) sum += iterations[t], converged += status[t] == 0 ? 1 : 0;
    std::printf("%s %.2f iterations, %.4f converged, %lld replaced, %lld tried again\n",
                by_meta_solver ? "meta-solver:" : "r = 1:      ", sum / count, converged / count,
                static_cast<long long>(tally.replaced), static_cast<long long>(tally.retried));
    return sum / count;
  };
  double const constant = mean(false, constant_solution), learned = mean(true, solution);
  double apart = 0;
  for (std::size_t i = 0; i < solution.size(); ++i)
    apart = std::max(apart, std::abs(solution[i] - constant_solution[i]));
  std::printf("largest difference of the solutions: %.1e\n", apart);
  return apart < 1e-6 && learned < 2 * constant ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
