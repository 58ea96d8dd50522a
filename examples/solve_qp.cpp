// SPDX-License-Identifier: Apache-2.0
//
// Many portfolios of the same shares: minimise x'P x / 2 - r'x, risk less expected return, with shares that sum to 1
// and at most 30 % of each. Every portfolio has returns of its own; risk is common, so one factor solves all. The
// solutions are polished, and differentiated: by how much more return does the share of the first rise?
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <metasolve/error.hpp>
#include <metasolve/qp_solver.hpp>
#include <vector>

using metasolve::QpSolver;

int main() try {
  constexpr int n = 20, m = n + 1, count = 1000;
  // P: the lower triangle of D + f f', by rows. A: a row of ones, then the identity.
  std::vector<std::int32_t> p_row_ptrs{0}, p_col_idxs, a_row_ptrs{0}, a_col_idxs;
  std::vector<double> p, a, q, lower(m, 0.0), upper(m, 0.3);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      p_col_idxs.push_back(j);
      p.push_back((i == j ? 0.2 + 0.01 * i : 0.0) + 0.3 * std::cos(i) * std::cos(j));
    }
    p_row_ptrs.push_back(static_cast<std::int32_t>(p_col_idxs.size()));
    a_col_idxs.push_back(i);
  }
  a_row_ptrs.push_back(n);
  for (int i = 0; i < n; ++i) {
    a_col_idxs.push_back(i);
    a_row_ptrs.push_back(n + 1 + i);
  }
  a.assign(a_col_idxs.size(), 1.0);
  lower[0] = upper[0] = 1;
  for (int t = 0; t < count; ++t) {
    for (int j = 0; j < n; ++j) q.push_back(-0.1 * (1 + std::sin(0.7 * j + t)));
  }

  QpSolver::Problem problem;
  problem.p = {p_row_ptrs, p_col_idxs};
  problem.a = {a_row_ptrs, a_col_idxs};
  problem.p_values = p;
  problem.a_values = a;
  problem.q = {q.data(), n};
  problem.lower = lower;
  problem.upper = upper;
  auto const executor = metasolve::Executor::cpu();
  QpSolver solver(executor, problem, {}, {.capacity = count});

  QpSolver::Tasks tasks;
  tasks.count = count;
  tasks.p_values = {p.data(), 0, 1};  // task_stride 0: the same for all
  tasks.a_values = {a.data(), 0, 1};
  tasks.q = {q.data(), n, 1};
  tasks.lower = {lower.data(), 0, 1};
  tasks.upper = {upper.data(), 0, 1};
  std::vector<double> solution(static_cast<std::size_t>(count) * (n + m)), x_bar(static_cast<std::size_t>(count) * n),
      q_bar(x_bar.size());
  std::vector<std::int32_t> status(count), polished(count);
  metasolve::Results<double> results;
  results.status = status.data();
  results.solution = {solution.data(), n + m, 1};  // x, then the multipliers y
  solver.solve(tasks, {.tolerance = 1e-5}, results);
  solver.polish(tasks, {.solution = results.solution, .status = status.data(), .polished = polished.data()});
  for (std::size_t t = 0; t < count; ++t) x_bar[t * n] = 1;  // F = x_0
  QpSolver::Gradient gradient;
  gradient.solution = {solution.data(), n + m, 1};
  gradient.solution_bar = {x_bar.data(), n, 1};
  gradient.of_x = true;
  gradient.q_bar = {q_bar.data(), n, 1};
  solver.gradient(tasks, gradient);
  executor.synchronize();

  int solved = 0, improved = 0;
  double worst = 0, largest = 0;
  for (std::size_t t = 0; t < count; ++t) {
    solved += status[t] == static_cast<int>(metasolve::Status::converged);
    improved += polished[t];
    double const* const x = solution.data() + t * (n + m);
    double sum = 0;
    for (int j = 0; j < n; ++j) {
      sum += x[j];
      if (polished[t] == 1) worst = std::fmax(worst, std::fmax(-x[j], x[j] - 0.3));
    }
    if (polished[t] == 1) worst = std::fmax(worst, std::abs(sum - 1));
    if (std::isfinite(q_bar[t * n])) largest = std::fmax(largest, -q_bar[t * n]);  // q = -r
  }
  std::printf("%d of %d portfolios solved, %d polished, constraints hold to %.0e; dx_0/dr_0 up to %.2f\n", solved,
              count, improved, worst, largest);
  return solved == count && improved > count * 9 / 10 && worst < 1e-12 && largest > 0 ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
