// SPDX-License-Identifier: Apache-2.0
#include "stirred_tank.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "metasolve/error.hpp"

/// Trains a meta-solver for steps of stirred tanks, then solves a batch with and without it.
/// Usage: stirred_tank [FOLDER_OF_THE_RUN [EXECUTOR [SECTION.KEY=VALUE of the training...]]]
namespace {

constexpr std::size_t columns = TankProblem::columns;

/// Task `index` of a set: tanks on both sides of their ignition, any state, steps of a tenth to three residence times;
/// r = 1, starting from the beginning of the step. B < 5: no step has two solutions.
void draw(metasolve::TaskSet set, std::int64_t index, double* row) {
  std::mt19937_64 random(static_cast<std::uint64_t>(index) * 3 + static_cast<std::uint64_t>(set));
  std::uniform_real_distribution<double> uniform(0, 1);
  double const x = uniform(random);
  double const values[columns] = {std::pow(10, -1.5 + uniform(random)),
                                  2 + 3 * uniform(random),
                                  2 * uniform(random),
                                  std::pow(10, -1 + 1.5 * uniform(random)),
                                  x,
                                  5 * x * uniform(random),
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

/// Results of a solve, in the executor's memory and on the host.
struct Answers {
  Answers(metasolve::Executor on, std::int64_t count)
      : status(static_cast<std::size_t>(count)),
        iterations(status.size()),
        solution(2 * status.size()),
        executor_(std::move(on)),
        status_(executor_.allocate(bytes(status))),
        iterations_(executor_.allocate(bytes(iterations))),
        solution_(executor_.allocate(bytes(solution))),
        tally_(executor_.allocate(sizeof tally)) {}

  [[nodiscard]] metasolve::Results<double> results() const {
    return {.status = static_cast<std::int32_t*>(status_.get()),
            .iterations = static_cast<std::int32_t*>(iterations_.get()),
            .solution = {static_cast<double*>(solution_.get()), 2, 1},
            .tally = static_cast<metasolve::Tally*>(tally_.get())};
  }
  /// Synchronizes.
  void fetch() {
    executor_.download(status.data(), status_.get(), bytes(status));
    executor_.download(iterations.data(), iterations_.get(), bytes(iterations));
    executor_.download(solution.data(), solution_.get(), bytes(solution));
    executor_.download(&tally, tally_.get(), sizeof tally);
  }
  [[nodiscard]] double mean_iterations() const {
    return std::accumulate(iterations.begin(), iterations.end(), 0.0) / static_cast<double>(iterations.size());
  }
  [[nodiscard]] double converged_share() const {
    return static_cast<double>(std::count(status.begin(), status.end(), 0)) / static_cast<double>(status.size());
  }

  std::vector<std::int32_t> status, iterations;
  std::vector<double> solution;
  metasolve::Tally tally;

 private:
  template <class T>
  static std::size_t bytes(std::vector<T> const& v) {
    return v.size() * sizeof(T);
  }
  metasolve::Executor executor_;
  std::shared_ptr<void> status_, iterations_, solution_, tally_;
};

}  // namespace

int main(int argc, char** argv) try {
  std::string const run = argc > 1 ? argv[1] : "tank_run";
  auto const executor = metasolve::Executor::open(argc > 2 ? argv[2] : "cpu");
  metasolve::TrainingSettings settings = {"solver.max_iterations=200"};
  for (int i = 3; i < argc; ++i) settings.emplace_back(argv[i]);

  auto const report = metasolve::train_meta_solver<TankProblem>(
      executor, run,
      [](metasolve::TaskSet set, std::int64_t first, std::int64_t n, double* to) {
        auto const rows = rows_of(set, first, n);
        std::copy(rows.begin(), rows.end(), to);
      },
      settings, {}, {.resume = true});  // resumes after an interruption
  std::printf("trained in %.1f s: %.2f iterations in place of %.2f, %.2f of the time\n", report.seconds,
              report.iterations, report.constant_iterations, report.time_ratio);

  // From here on it can be any program that has the run: a batch in the executor's memory, one row per task.
  constexpr std::int64_t count = 20000;
  auto const rows = rows_of(metasolve::TaskSet::test, 1'000'000, count);
  auto const given = executor.allocate(rows.size() * sizeof(double));
  executor.upload(given.get(), rows.data(), rows.size() * sizeof(double));
  metasolve::ProblemSolver<TankProblem>::Tasks tasks{.count = count};
  for (std::size_t c = 0; c < columns; ++c) tasks.column[c] = {static_cast<double*>(given.get()) + c, columns};
  metasolve::ProblemSolver<TankProblem> solver(executor,
                                               {.capacity = count, .meta_solver = metasolve::MetaSolver::load(run)});

  Answers answers(executor, count);
  auto const solve = [&](char const* name, metasolve::Policy const& policy) {
    solver.solve(tasks, {.tolerance = 1e-9, .max_iterations = 200}, answers.results(), policy);
    answers.fetch();
    std::printf("%s %.2f iterations, %.4f converged, %lld replaced, %lld tried again\n", name,
                answers.mean_iterations(), answers.converged_share(), static_cast<long long>(answers.tally.replaced),
                static_cast<long long>(answers.tally.retried));
    return answers;
  };
  auto const constant = solve("r = 1:      ", {.meta_solver = false});
  auto const learned = solve("meta-solver:", {.retry = true});
  double apart = 0;
  for (std::size_t t = 0; t < count; ++t) {
    if (constant.status[t] != 0 || learned.status[t] != 0) continue;
    for (std::size_t i = 2 * t; i < 2 * t + 2; ++i) {
      apart = std::max(apart, std::abs(learned.solution[i] - constant.solution[i]));
    }
  }
  std::printf("where both converge, the solutions differ by at most %.1e\n", apart);
  bool const pays =
      report.iterations < 0.85 * report.constant_iterations && learned.converged_share() >= constant.converged_share();
  std::printf("%s\n", pays ? "the meta-solver pays" : "the meta-solver does not pay");
  return apart < 1e-6 && pays ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
