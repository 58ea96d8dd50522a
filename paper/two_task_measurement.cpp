// SPDX-License-Identifier: Apache-2.0
#include "paper/two_task_measurement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <sstream>

#include "metasolve/error.hpp"

namespace metasolve::paper {

namespace {

constexpr std::int64_t capacity = 4096;
/// Far above the iterations of any convergent solve here: reaching it means stagnation.
constexpr std::int32_t most_iterations = 100'000;

std::vector<double> normalised_eigenvectors(int unknowns) {
  std::vector<double> v;
  double const norm = std::sqrt(0.5 * (unknowns + 1));  // of (sin(k pi i / (N + 1)))_i, any k
  for (int k = 1; k <= unknowns; ++k) {
    for (int i = 1; i <= unknowns; ++i) v.push_back(std::sin(std::numbers::pi * k * i / (unknowns + 1)) / norm);
  }
  return v;
}

}  // namespace

template <class T>
TwoTaskMeasurement::Buffer<T> TwoTaskMeasurement::allocate(std::int64_t items) const {
  return {executor_.allocate(static_cast<std::size_t>(items) * sizeof(T))};
}

TwoTaskMeasurement::TwoTaskMeasurement(Executor const& executor, int unknowns)
    : executor_(executor),
      unknowns_(unknowns),
      eigenvectors_(normalised_eigenvectors(unknowns)),
      solver_(JacobiSolver<double>::poisson(executor, unknowns, Measure::relative_error, {capacity})),
      rhs_(allocate<double>(capacity * unknowns)),
      solution_(allocate<double>(capacity * unknowns)),
      guess_(allocate<double>(capacity * unknowns)),
      tolerances_(allocate<double>(capacity)),
      measure_(allocate<double>(capacity)),
      limits_(allocate<std::int32_t>(capacity)),
      status_(allocate<std::int32_t>(capacity)),
      iterations_(allocate<std::int32_t>(capacity)) {}

TwoTaskMeasurement::Solve TwoTaskMeasurement::solve_of(TwoTasks const& tasks, int task, double w, double tolerance,
                                                       std::int32_t limit) const {
  auto const i = static_cast<std::size_t>(task);
  // The paper's error is absolute, the engine's relative to ||u|| = c: eps / c is the same condition.
  return {tasks.mode[i], tasks.mu(task), tasks.amplitude[i], w, tolerance / tasks.amplitude[i], limit};
}

void TwoTaskMeasurement::run_part(std::span<Solve const> solves, Outcome* outcomes, double* history) {
  auto const count = solves.size();
  auto const n = static_cast<std::size_t>(unknowns_);
  std::vector<double> rhs, solution, guess, tolerances;
  std::vector<std::int32_t> limits;
  for (auto const& s : solves) {
    double const* const v = eigenvectors_.data() + static_cast<std::size_t>(s.mode - 1) * n;
    for (std::size_t i = 0; i < n; ++i) {
      solution.push_back(s.amplitude * v[i]);
      rhs.push_back(s.mu * solution.back());
      guess.push_back(s.w * rhs.back());
    }
    tolerances.push_back(s.tolerance);
    limits.push_back(s.max_iterations);
  }
  auto const upload = [&](auto const& buffer, auto const& values) {
    executor_.upload(buffer.data(), values.data(), values.size() * sizeof(values[0]));
  };
  upload(rhs_, rhs);
  upload(solution_, solution);
  upload(guess_, guess);
  upload(tolerances_, tolerances);
  upload(limits_, limits);

  JacobiSolver<double>::Stopping stopping;
  stopping.tolerance = {tolerances_.data(), 1};
  stopping.max_iterations = {limits_.data(), 1};
  JacobiSolver<double>::Results results;
  results.status = status_.data();
  results.iterations = iterations_.data();
  results.measure = measure_.data();
  auto const row = static_cast<std::size_t>(limits.front()) + 1;
  Buffer<double> measures;
  if (history != nullptr) {
    measures = allocate<double>(static_cast<std::int64_t>(count * row));
    results.history = {measures.data(), static_cast<std::int64_t>(row), 1};
  }
  solver_.solve({static_cast<std::int64_t>(count),
                 {rhs_.data(), unknowns_, 1},
                 {solution_.data(), unknowns_, 1},
                 {},
                 {guess_.data(), unknowns_, 1}},
                stopping, results);

  std::vector<std::int32_t> status(count), iterations(count);
  std::vector<double> measure(count);
  executor_.download(status.data(), status_.data(), count * sizeof(std::int32_t));
  executor_.download(iterations.data(), iterations_.data(), count * sizeof(std::int32_t));
  executor_.download(measure.data(), measure_.data(), count * sizeof(double));
  for (std::size_t i = 0; i < count; ++i) outcomes[i] = {status[i], iterations[i], measure[i]};
  if (history != nullptr) executor_.download(history, measures.data(), count * row * sizeof(double));
}

std::vector<TwoTaskMeasurement::Outcome> TwoTaskMeasurement::run(std::span<Solve const> solves) {
  std::vector<Outcome> outcomes(solves.size());
  for (std::size_t first = 0; first < solves.size(); first += capacity) {
    auto const part = solves.subspan(first, std::min<std::size_t>(capacity, solves.size() - first));
    run_part(part, outcomes.data() + first, nullptr);
  }
  return outcomes;
}

std::vector<TaskCounts> TwoTaskMeasurement::count(std::span<CountQuery const> queries) {
  std::vector<Solve> solves;
  for (auto const& q : queries) {
    for (int const task : {0, 1}) solves.push_back(solve_of(q.tasks, task, q.w, q.tolerance, most_iterations));
  }
  auto const ends = run(solves);
  // Solve again up to the iteration before: storing all errors would need memory proportional to the longest solve.
  for (std::size_t i = 0; i < solves.size(); ++i) {
    if (ends[i].status != static_cast<std::int32_t>(Status::converged)) {
      std::ostringstream text;
      text << "theory: Jacobi stagnates at the relative error " << ends[i].measure << ", and the tolerance is "
           << solves[i].tolerance << "; choose one well above the rounding error of a double";
      throw Error(text.str());
    }
    solves[i].max_iterations = std::max(0, ends[i].iterations - 1);
  }
  auto const before = run(solves);

  std::vector<TaskCounts> counts(queries.size());
  for (std::size_t i = 0; i < solves.size(); ++i) {
    auto const whole = ends[i].iterations;
    double relaxed = 0;
    if (whole > 0) {
      double const above = std::log(before[i].measure / solves[i].tolerance);
      double const step = std::log(before[i].measure / ends[i].measure);
      relaxed = whole - 1 + above / step;
    }
    counts[i / 2].whole[i % 2] = whole;
    counts[i / 2].relaxed[i % 2] = relaxed;
  }
  return counts;
}

std::vector<double> TwoTaskMeasurement::losses(TwoTasks const& tasks, double p, std::span<double const> w, int most) {
  auto const row = static_cast<std::size_t>(most) + 1;
  std::vector<double> expected(w.size() * row);
  for (int const task : {0, 1}) {
    double const amplitude = tasks.amplitude[static_cast<std::size_t>(task)];
    double const share = task == 0 ? p : 1 - p;
    for (std::size_t first = 0; first < w.size(); first += capacity) {
      auto const count = std::min<std::size_t>(capacity, w.size() - first);
      std::vector<Solve> solves;
      for (std::size_t i = 0; i < count; ++i) {
        // Only an error of exactly 0 meets this tolerance: all other solves run to the limit.
        auto solve = solve_of(tasks, task, w[first + i], 0, most);
        solve.tolerance = std::numeric_limits<double>::min();
        solves.push_back(solve);
      }
      std::vector<Outcome> outcomes(count);
      std::vector<double> relative(count * row);  // executors zero their allocations: 0 after such an early end
      run_part(solves, outcomes.data(), relative.data());
      for (std::size_t i = 0; i < count * row; ++i) {
        double const error = amplitude * relative[i];
        expected[first * row + i] += share * error * error;
      }
    }
  }
  return expected;
}

}  // namespace metasolve::paper
