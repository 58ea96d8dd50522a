// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>

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
  box.name = setting.name;
  box.columns = numbered("rhs_", n);
  box.reference = numbered("solution_", n);
  box.columns.insert(box.columns.end(), box.reference.begin(), box.reference.end());
  box.hidden = box.reference;
  box.cost = BlackBoxCost::history;
  std::vector<double> size(static_cast<std::size_t>(n)), solution(size);  // of each unknown: root mean square
  constexpr std::int64_t sample = 100;
  for (std::int64_t t = 0; t < sample; ++t) {
    setting.draw(TaskSet::train, t, solution.data());
    solver.solve_exactly(solution.data());
    for (std::size_t i = 0; i < size.size(); ++i) size[i] += solution[i] * solution[i] / sample;
  }
  for (std::size_t i = 0; i < size.size(); ++i) {
    // An unknown that is always 0 has no size of its own.
    box.parameters.push_back({.name = "guess_" + std::to_string(i),
                              .kind = ParameterKind::real,
                              .constant = 0,
                              .scale = size[i] > 0 ? std::sqrt(size[i]) : 1});
  }
  box.solve = [&](Probes const& probes) {
    solves += probes.count;
    solver.solve(probes);
  };
  TrainingSettings all = {"problem.train_tasks=" + std::to_string(setting.tasks),
                          "problem.validation_tasks=" + std::to_string(setting.tasks),
                          "problem.test_tasks=" + std::to_string(setting.tasks),
                          "solver.tolerance=1e-5",
                          "solver.max_iterations=1000",
                          "training.batch_size=100"};
  all.insert(all.end(), settings.begin(), settings.end());
  auto const report = train_black_box(Executor::cpu(1), run, box,
                                      [&](TaskSet set, std::int64_t first, std::int64_t tasks, double* rows) {
                                        for (std::int64_t t = 0; t < tasks; ++t, rows += 2 * n) {
                                          setting.draw(set, first + t, rows);
                                          std::copy_n(rows, n, rows + n);
                                          solver.solve_exactly(rows + n);
                                        }
                                      },
                                      all, {.progress = [](TrainingProgress const& p) {
                                        std::fprintf(stderr, "epoch %d of %d: loss %.3f, %.3f iterations, %.0f s\n",
                                                     p.epoch, p.epochs, p.loss, p.validation_iterations, p.seconds);
                                      }});
  print({setting.name + ", richardson + gamg, zero guess", report.constant_iterations, 0});
  print({setting.name + ", richardson + gamg, a guess learned through the black box", report.iterations, solves,
         report.seconds});
}

}  // namespace metasolve::bench::black_box
