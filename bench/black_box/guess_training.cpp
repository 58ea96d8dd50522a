// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "bench/black_box/figures.hpp"

namespace metasolve::bench::black_box {
namespace {

std::vector<std::string> numbered(std::string const& name, std::int64_t n) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < n; ++i) names.push_back(name + std::to_string(i));
  return names;
}

}  // namespace

void train_guesses(GuessSetting const& setting, GuessSolver& solver, std::filesystem::path const& run,
                   TrainingSettings const& settings) {
  auto const n = setting.unknowns;
  std::int64_t solves = 0;
  BlackBox box;
  box.name = "guess_" + setting.name;
  box.columns = numbered("rhs_", n);
  box.reference = numbered("solution_", n);
  box.columns.insert(box.columns.end(), box.reference.begin(), box.reference.end());
  box.hidden = box.reference;
  box.cost = BlackBoxCost::history;
  // Systems are scaled to a right-hand side of norm 1: they are linear, so that counts stay the same.
  auto const write_row = [&](TaskSet set, std::int64_t task, double* row) {
    setting.draw(set, task, row);
    double const norm = std::sqrt(std::inner_product(row, row + n, row, 0.0));
    for (std::int64_t i = 0; i < n; ++i) row[n + i] = row[i] /= norm;
    solver.solve_exactly(row + n);
  };
  std::vector<double> square(static_cast<std::size_t>(n)), row(2 * square.size());  // mean squares of the unknowns
  constexpr std::int64_t sample = 100;
  for (std::int64_t t = 0; t < sample; ++t) {
    write_row(TaskSet::train, t, row.data());
    for (std::size_t i = 0; i < square.size(); ++i) {
      double const u = row[square.size() + i];
      square[i] += u * u / sample;
    }
  }
  double const largest = *std::ranges::max_element(square);
  for (std::size_t i = 0; i < square.size(); ++i) {
    box.parameters.push_back({.name = "guess_" + std::to_string(i),
                              .kind = ParameterKind::real,
                              .constant = 0,
                              .scale = std::sqrt(std::max(square[i], 1e-12 * largest))});
  }
  box.solve = [&](Probes const& probes) {
    solves += probes.count;
    solver.solve(probes);
  };
  TrainingSettings all = {"problem.train_tasks=" + std::to_string(setting.tasks),
                          "problem.validation_tasks=" + std::to_string(setting.tasks),
                          "problem.test_tasks=" + std::to_string(setting.tasks),
                          "network.start=\"drawn\"",
                          "solver.tolerance=1e-5",
                          "solver.max_iterations=1000",
                          "training.batch_size=100"};
  all.insert(all.end(), settings.begin(), settings.end());
  auto const write_rows = [&](TaskSet set, std::int64_t first, std::int64_t tasks, double* rows) {
    for (std::int64_t t = 0; t < tasks; ++t) write_row(set, first + t, rows + 2 * n * t);
  };
  auto const report =
      train_black_box(Executor::cpu(1), run, box, write_rows, all, {.progress = [](TrainingProgress const& p) {
                        std::fprintf(stderr, "epoch %d of %d: loss %.3f, %.3f iterations, %.0f s\n", p.epoch, p.epochs,
                                     p.loss, p.validation_iterations, p.seconds);
                      }});
  print({setting.name + ", richardson + gamg, zero guess", report.constant_iterations, 0});
  print({setting.name + ", richardson + gamg, a guess learned through the black box", report.iterations, solves,
         report.seconds});
}

}  // namespace metasolve::bench::black_box
