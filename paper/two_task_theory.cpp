// SPDX-License-Identifier: Apache-2.0
#include "paper/two_task_theory.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace metasolve::paper {

namespace {

double at(std::array<double, 2> const& x, int task) { return x[static_cast<std::size_t>(task)]; }

/// -log lambda_i: its inverse is the number of iterations of task i that divide its error by e.
double rate(TwoTasks const& tasks, int task) { return -std::log(tasks.lambda(task)); }

/// The terms of eq. 32: the other task's logarithm log(c |w mu - 1| / eps) at each candidate, with either c.
double log_at_candidate(TwoTasks const& tasks, int task, double amplitude, double tolerance) {
  double const w = candidate(tasks, 1 - task, tolerance);
  return std::log(amplitude * std::abs(w * tasks.mu(task) - 1) / tolerance);
}

/// The p at which (1 - p) second / rate_2 = p first / rate_1.
double tie(TwoTasks const& tasks, double first, double second) {
  return rate(tasks, 0) * second / (rate(tasks, 0) * second + rate(tasks, 1) * first);
}

}  // namespace

double TwoTasks::mu(int task) const {
  // 4 sin^2(x / 2) = 2 - 2 cos(x) without cancellation.
  double const half = std::sin(0.5 * std::numbers::pi * mode[static_cast<std::size_t>(task)] / (unknowns + 1));
  return 4 * half * half;
}

double TwoTasks::lambda(int task) const {
  return std::cos(std::numbers::pi * mode[static_cast<std::size_t>(task)] / (unknowns + 1));
}

double expected_loss(TwoTasks const& tasks, double p, double w, int m) {
  double sum = 0;
  for (int const task : {0, 1}) {
    double const error =
        at(tasks.amplitude, task) * (w * tasks.mu(task) - 1) * std::pow(tasks.lambda(task), static_cast<double>(m));
    sum += (task == 0 ? p : 1 - p) * error * error;
  }
  return sum;
}

double loss_minimiser(TwoTasks const& tasks, double p, int m) {
  // Both terms divided by p lambda_1^2m, which may underflow.
  double const fade = std::exp(-2.0 * m * (rate(tasks, 1) - rate(tasks, 0)));
  double const hard = std::pow(at(tasks.amplitude, 0), 2) * tasks.mu(0);
  double const easy = (1 - p) / p * std::pow(at(tasks.amplitude, 1), 2) * tasks.mu(1) * fade;
  return (hard + easy) / (hard * tasks.mu(0) + easy * tasks.mu(1));
}

double relaxed_count(TwoTasks const& tasks, int task, double w, double tolerance) {
  double const error = at(tasks.amplitude, task) * std::abs(w * tasks.mu(task) - 1);
  return error > tolerance ? std::log(error / tolerance) / rate(tasks, task) : 0.0;
}

double expected_count(TwoTasks const& tasks, double p, double w, double tolerance) {
  return p * relaxed_count(tasks, 0, w, tolerance) + (1 - p) * relaxed_count(tasks, 1, w, tolerance);
}

double expected_whole_count(TwoTasks const& tasks, double p, double w, double tolerance) {
  return p * std::ceil(relaxed_count(tasks, 0, w, tolerance)) +
         (1 - p) * std::ceil(relaxed_count(tasks, 1, w, tolerance));
}

double largest_tolerance(TwoTasks const& tasks) {
  return (tasks.mu(1) - tasks.mu(0)) / (tasks.mu(0) / at(tasks.amplitude, 1) + tasks.mu(1) / at(tasks.amplitude, 0));
}

double candidate(TwoTasks const& tasks, int task, double tolerance) {
  double const width = tolerance / at(tasks.amplitude, task);
  return (task == 0 ? 1 - width : 1 + width) / tasks.mu(task);
}

double critical_probability(TwoTasks const& tasks, double tolerance) {
  return tie(tasks, log_at_candidate(tasks, 0, at(tasks.amplitude, 0), tolerance),
             log_at_candidate(tasks, 1, at(tasks.amplitude, 1), tolerance));
}

double critical_probability_as_printed(TwoTasks const& tasks, double tolerance) {
  return tie(tasks, log_at_candidate(tasks, 0, at(tasks.amplitude, 1), tolerance),
             log_at_candidate(tasks, 1, at(tasks.amplitude, 0), tolerance));
}

double critical_probability_limit(TwoTasks const& tasks) { return rate(tasks, 0) / (rate(tasks, 0) + rate(tasks, 1)); }

double count_minimiser(TwoTasks const& tasks, double p, double tolerance) {
  return candidate(tasks, p > critical_probability(tasks, tolerance) ? 0 : 1, tolerance);
}

double count_maximiser(TwoTasks const& tasks, double p) {
  double const hard = p / rate(tasks, 0);
  double const easy = (1 - p) / rate(tasks, 1);
  return (easy / tasks.mu(0) + hard / tasks.mu(1)) / (easy + hard);
}

TwoTasks adverse_tasks(TwoTasks const& shape, double p, double delta) {
  TwoTasks tasks = shape;
  double const rates = rate(shape, 0) + rate(shape, 1);
  double const scale = delta * rates / (shape.mu(1) - shape.mu(0));
  tasks.amplitude = {shape.mu(1) * scale / (p * p * rate(shape, 1)), shape.mu(0) * scale / (p * rate(shape, 0))};
  return tasks;
}

double infimum_over_loss_minimisers(TwoTasks const& tasks, double p, double tolerance) {
  // w_m increases from w_0 towards 1 / mu_1. E[L_eps] decreases up to w_eps,2, is concave up to w_eps,1, then
  // increases.
  double const first = std::max(loss_minimiser(tasks, p, 0), candidate(tasks, 1, tolerance));
  double const last = std::max(first, candidate(tasks, 0, tolerance));
  return std::min(expected_count(tasks, p, first, tolerance), expected_count(tasks, p, last, tolerance));
}

double ratio_bound(TwoTasks const& tasks, double p, double tolerance, double delta) {
  double const w_delta = candidate(tasks, 1, delta);
  return (1 - p) * relaxed_count(tasks, 1, loss_minimiser(tasks, p, 0), tolerance) /
         expected_count(tasks, p, w_delta, tolerance);
}

}  // namespace metasolve::paper
