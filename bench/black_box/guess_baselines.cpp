// SPDX-License-Identifier: Apache-2.0
#include <Eigen/QR>

#include "bench/black_box/figures.hpp"

namespace metasolve::bench::black_box {
namespace {

using Matrix = Eigen::MatrixXd;

/// A column for each task.
struct Systems {
  Matrix rhs, solution;
};

Systems systems_of(GuessSetting const& setting, GuessSolver& solver, TaskSet set) {
  Systems s{Matrix(setting.unknowns, setting.tasks), {}};
  for (std::int64_t t = 0; t < setting.tasks; ++t) setting.draw(set, t, s.rhs.col(t).data());
  s.solution = s.rhs;
  for (std::int64_t t = 0; t < setting.tasks; ++t) solver.solve_exactly(s.solution.col(t).data());
  return s;
}

/// Mean iterations from these guesses.
double mean(GuessSolver& solver, Systems const& systems, Matrix const& guesses) {
  auto const tasks = systems.rhs.cols();
  Matrix rows(2 * systems.rhs.rows(), tasks);
  rows << systems.rhs, systems.solution;
  std::vector<std::int32_t> iterations(static_cast<std::size_t>(tasks)), status(iterations.size());
  Probes probes;
  probes.count = tasks;
  probes.tasks = rows.data();
  probes.theta = guesses.data();
  probes.tolerance = GuessSetting::tolerance;
  probes.max_iterations = GuessSetting::limit;
  probes.iterations = iterations.data();
  probes.status = status.data();
  solver.solve(probes);
  double sum = 0;
  for (std::size_t t = 0; t < iterations.size(); ++t) sum += status[t] == 0 ? iterations[t] : GuessSetting::limit;
  return sum / static_cast<double>(tasks);
}

}  // namespace

void guess_baselines(GuessSetting const& setting, GuessSolver& solver) {
  auto const train = systems_of(setting, solver, TaskSet::train), test = systems_of(setting, solver, TaskSet::test);
  print({setting.name + ", richardson + gamg, zero guess",
         mean(solver, test, Matrix::Zero(setting.unknowns, setting.tasks)), 0});
  // Of smallest norm, since the right-hand sides span few dimensions.
  Eigen::CompleteOrthogonalDecomposition<Matrix> fit;
  fit.setThreshold(1e-10);
  fit.compute(train.rhs.transpose());
  Matrix const weights = fit.solve(train.solution.transpose()).transpose();
  print({setting.name + ", a linear guess by least squares from " + std::to_string(setting.tasks) + " solutions",
         mean(solver, test, weights * test.rhs), setting.tasks});
}

}  // namespace metasolve::bench::black_box
