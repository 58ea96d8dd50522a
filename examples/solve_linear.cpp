// SPDX-License-Identifier: Apache-2.0
//
// Heat conduction in many rods, an implicit step each: one linear system a rod, (1/h + c_i) u_i - c_i u_i+1 - ... =
// u/h, all of one pattern, with conductivities of their own. Solves them by Cholesky factors, which are kept for a
// second step, and finds how the mean temperature depends on each number of the matrices and of the right-hand sides.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <metasolve/error.hpp>
#include <metasolve/linear_solver.hpp>
#include <vector>

using metasolve::LinearSolver;

int main() try {
  constexpr int n = 100, rods = 1000, entries = 2 * n - 1;
  // The lower triangle in compressed rows: row i has the columns i - 1 and i.
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  for (int i = 0; i < n; ++i) {
    if (i > 0) col_idxs.push_back(i - 1);
    col_idxs.push_back(i);
    row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
  }
  std::vector<double> a, u;  // [rods][entries], [rods][n]
  for (int t = 0; t < rods; ++t) {
    auto const between = [t](int i) { return 1.5 + std::sin(0.1 * i + t); };  // cells i - 1 and i
    for (int i = 0; i < n; ++i) {
      if (i > 0) a.push_back(-between(i));
      a.push_back(1 + between(i) + between(i + 1));
      u.push_back(std::cos(0.01 * i * t));
    }
  }
  std::vector<double> next(u.size()), after(u.size()), ones(u.size(), 1.0 / n), b_bar(u.size()), a_bar(a.size());
  std::vector<std::int32_t> status(rods);

  auto const executor = metasolve::Executor::cpu();
  LinearSolver solver(executor, {row_ptrs, col_idxs},
                      {.matrix = LinearSolver::Matrix::positive_definite, .keeps_factors = true}, {.capacity = rods});
  LinearSolver::Tasks tasks{.count = rods, .values = {a.data(), entries, 1}, .rhs = {u.data(), n, 1}};
  solver.solve(tasks, {.tolerance = 1e-12}, {.status = status.data(), .solution = {next.data(), n, 1}});
  tasks.rhs = {next.data(), n, 1};  // the second step: other right-hand sides, the same factors
  solver.solve_again(tasks, {.tolerance = 1e-12}, {.status = status.data(), .solution = {after.data(), n, 1}});
  solver.gradient(tasks,
                  {.solution = {after.data(), n, 1},
                   .solution_bar = {ones.data(), n, 1},
                   .rhs_bar = {b_bar.data(), n, 1},
                   .values_bar = {a_bar.data(), entries, 1}},
                  {.tolerance = 1e-12}, {});
  executor.synchronize();

  // The mean F = ones' A^-1 b is linear in b and of degree -1 in A: b' dF/db = F, a' dF/da = -F.
  double worst = 0;
  int solved = 0;
  for (int t = 0; t < rods; ++t) {
    double mean = 0, by_b = 0, by_a = 0;
    for (int i = t * n; i < (t + 1) * n; ++i) {
      auto const at = static_cast<std::size_t>(i);
      mean += after[at] / n;
      by_b += next[at] * b_bar[at];
    }
    for (int e = t * entries; e < (t + 1) * entries; ++e) {
      by_a += a[static_cast<std::size_t>(e)] * a_bar[static_cast<std::size_t>(e)];
    }
    worst = std::fmax(worst, std::fmax(std::abs(by_b - mean), std::abs(by_a + mean)));
    solved += status[static_cast<std::size_t>(t)] == static_cast<int>(metasolve::Status::converged);
  }
  std::printf("%d of %d rods solved, %lld numbers a factor, derivatives agree to %.0e\n", solved, rods,
              static_cast<long long>(solver.factor_entries()), worst);
  return solved == rods && worst < 1e-10 ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
