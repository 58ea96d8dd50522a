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
constexpr std::size_t n = @Name@::size, y_prev = 3 + @Name@::parameters;  // column of y_prev: t, h, p and r come before

/// Steps of a set, always the same for a given index: states near the limit cycle, stiff and less stiff. A network
/// learns what its tasks have in common: draw them like those of your simulation.
void fill_rows(metasolve::TaskSet set, std::int64_t first, std::int64_t n, double* rows) {
  for (std::int64_t t = first; t < first + n; ++t, rows += columns) {
    std::mt19937_64 random(static_cast<std::uint64_t>(t) * 3 + static_cast<std::uint64_t>(set));
    std::uniform_real_distribution<double> uniform(0, 1);
    rows[0] = 0;                                                           // t
    rows[1] = std::pow(10, 1.5 * uniform(random) - 2.5);                   // h
    rows[2] = std::pow(10, 2 * uniform(random));                           // p
    rows[3] = 1;                                                           // relaxation factor
    rows[4] = rows[6] = 1 + uniform(random);                               // y_prev and the guess y_0
    rows[5] = rows[7] = -rows[4] / (rows[2] * (rows[4] * rows[4] - 1) + 1);  // on the slow branch
  }
}

void print(char const* what, metasolve::TrainingReport const& r) {
  std::printf("%s: %.2f iterations instead of %.2f, %.2f of the time, %lld of %lld tasks failed\n", what, r.iterations,
              r.constant_iterations, r.time_ratio, static_cast<long long>(r.failed), static_cast<long long>(r.tasks));
}

}  // namespace

int main(int argc, char** argv) try {
  std::string const run = argc > 1 ? argv[1] : "@name@_run";
  auto const executor = metasolve::Executor::open(argc > 2 ? argv[2] : "cpu");
  metasolve::TrainingSettings settings;
  for (int i = 3; i < argc; ++i) settings.emplace_back(argv[i]);
  auto const trained =
      metasolve::train_meta_solver<@Name@Problem>(executor, run, fill_rows, settings, {}, {.resume = true});
  print(trained.was_finished ? "trained before (remove the folder to train anew)" : "trained", trained);
  print("evaluated", metasolve::evaluate_meta_solver<@Name@Problem>(executor, run, fill_rows, {"problem.test_tasks=1000"}));

  // A batch in the executor's memory, one row per task; results are stored where requested.
  constexpr std::int64_t count = 1000;
  std::vector<double> rows(count * columns), y(n * count);
  fill_rows(metasolve::TaskSet::test, 0, count, rows.data());
  auto const given = executor.allocate(rows.size() * sizeof(double));
  auto const solution = executor.allocate(y.size() * sizeof(double));
  executor.upload(given.get(), rows.data(), rows.size() * sizeof(double));
  metasolve::ProblemSolver<@Name@Problem>::Tasks tasks{.count = count};
  for (std::size_t c = 0; c < columns; ++c) tasks.column[c] = {static_cast<double*>(given.get()) + c, columns};
  metasolve::ProblemSolver<@Name@Problem> solver(executor,
                                                {.capacity = count, .meta_solver = metasolve::MetaSolver::load(run)});
  auto const status = executor.allocate(count * sizeof(metasolve::Status));
  std::vector<metasolve::Status> ended(count);
  solver.solve(tasks, {1e-10, 200},
               {.status = static_cast<std::int32_t*>(status.get()),
                .solution = {static_cast<double*>(solution.get()), n, 1}});
  executor.download(y.data(), solution.get(), y.size() * sizeof(double));
  executor.download(ended.data(), status.get(), ended.size() * sizeof(metasolve::Status));
  std::int64_t converged = 0;
  double worst = 0;  // over converged tasks
  for (std::size_t t = 0; t < count; ++t) {
    if (ended[t] != metasolve::Status::converged) continue;
    ++converged;
    double const* const c = rows.data() + t * columns;
    double const* const state = y.data() + n * t;
    double f[n];
    @Name@::rate(c[0] + c[1], state, c + 2, f);
    for (std::size_t i = 0; i < n; ++i) worst = std::max(worst, std::abs(state[i] - c[1] * f[i] - c[y_prev + i]));
  }
  std::printf("solved %lld of %lld tasks, largest residual %.1e\n", static_cast<long long>(converged),
              static_cast<long long>(count), worst);
  if (worst < 1e-8) return 0;
  std::printf("the residual is above 1e-8: check f, or the tolerance if your unknowns are large\n");
  return 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
