#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "@name@.hpp"
#include "metasolve/error.hpp"

/// Trains a meta-solver for problem @name@, evaluates it, and solves a batch with it.
/// Usage: @name@ [FOLDER_OF_THE_RUN [EXECUTOR [SECTION.KEY=VALUE of the training...]]]
namespace {

constexpr std::int64_t columns = @Name@Problem::columns;

/// Tasks of a set: the same numbers whenever they are asked for.
void fill_rows(metasolve::TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
  for (std::int64_t t = first; t < first + n; ++t, rows += columns) {
    std::mt19937_64 random(static_cast<std::uint64_t>(t) * 3 + static_cast<std::uint64_t>(set));
    std::uniform_real_distribution<double> uniform(0, 1);
    rows[0] = std::pow(10, 4 * uniform(random) - 2);
    rows[1] = 0.1 + 2 * uniform(random);
    rows[2] = uniform(random);
    rows[3] = 1;        // relaxation factor
    rows[4] = rows[1];  // guess
    rows[5] = rows[2];
  }
}

void print(char const* what, metasolve::TrainingReport const& r) {
  std::printf("%s: %.2f iterations in place of %.2f, %.2f of the time, %lld of %lld tasks failed\n", what, r.iterations,
              r.constant_iterations, r.time_ratio, static_cast<long long>(r.failed), static_cast<long long>(r.tasks));
}

}  // namespace

int main(int argc, char** argv) try {
  std::string const run = argc > 1 ? argv[1] : "@name@_run";
  auto const executor = metasolve::Executor::open(argc > 2 ? argv[2] : "cpu");
  metasolve::TrainingSettings settings;
  for (int i = 3; i < argc; ++i) settings.emplace_back(argv[i]);
  print("trained", metasolve::train_meta_solver<@Name@Problem>(executor, run, fill_rows, settings, {}, {.resume = true}));
  print("evaluated", metasolve::evaluate_meta_solver<@Name@Problem>(executor, run, fill_rows, {"problem.test_tasks=1000"}));

  // A batch in the executor's memory, a row a task; what comes back is where it is asked for.
  constexpr std::int64_t count = 1000;
  std::vector<double> rows(count * columns), y(2 * count);
  fill_rows(metasolve::TaskSet::test, 0, count, rows.data());
  auto const given = executor.allocate(rows.size() * sizeof(double));
  auto const solution = executor.allocate(y.size() * sizeof(double));
  executor.upload(given.get(), rows.data(), rows.size() * sizeof(double));
  metasolve::ProblemSolver<@Name@Problem>::Tasks tasks{.count = count};
  for (std::size_t c = 0; c < columns; ++c) tasks.column[c] = {static_cast<double*>(given.get()) + c, columns};
  metasolve::ProblemSolver<@Name@Problem> solver(executor,
                                                {.capacity = count, .meta_solver = metasolve::MetaSolver::load(run)});
  solver.solve(tasks, {1e-10, 200}, {.solution = {static_cast<double*>(solution.get()), 2, 1}});
  executor.download(y.data(), solution.get(), y.size() * sizeof(double));
  double worst = 0;
  for (std::size_t t = 0; t < count; ++t) {
    double const* const c = rows.data() + t * columns;
    worst = std::max(worst, std::abs(y[2 * t] + c[0] * y[2 * t] * y[2 * t] - c[1]));
  }
  std::printf("solved %lld tasks, largest residual %.1e\n", static_cast<long long>(count), worst);
  return worst < 1e-8 ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
