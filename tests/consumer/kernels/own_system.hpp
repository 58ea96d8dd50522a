// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/version.h>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

#include "metasolve/detail/engine/solver_stage.hpp"
#include "metasolve/kernels/solvers/newton_sor.hpp"

/// A user-defined nonlinear system, solved by the library's Newton-SOR for many tasks at once. Uses installed files
/// only.

#ifdef FOUND_VERSION  // the package's own version
static_assert(std::string_view(METASOLVE_VERSION_STRING) == FOUND_VERSION);
#endif
static_assert(METASOLVE_VERSION_MAJOR * 1000 + METASOLVE_VERSION_MINOR >= 1);

/// g = (y0 + y1^2 / 4 - a, y1 + y0^2 / 4 - b); a task is the pair (a, b).
struct TwoParabolas {
  using scalar = double;
  static constexpr int size = 2;
  double const* pairs;

  METASOLVE_HD static constexpr int task_size() { return 2; }
  template <class View>
  METASOLVE_HD bool load(std::int64_t task, View data) const {
    for (int i = 0; i < 2; ++i) data[i] = pairs[2 * task + i];
    return true;
  }
  template <class Data, class Number>
  METASOLVE_HD static void residual(Data data, Number const (&y)[2], Number (&g)[2]) {
    for (int i = 0; i < 2; ++i) g[i] = y[i] + Number(0.25) * y[1 - i] * y[1 - i] - data[i];
  }
  template <class Data, class Number>
  METASOLVE_HD static void jacobian(Data, Number const (&y)[2], Number (&J)[2][2]) {
    for (int i = 0; i < 2; ++i) {
      J[i][i] = Number(1.0);
      J[i][1 - i] = Number(0.5) * y[1 - i];
    }
  }
  /// d2g_i / dy_j^2 = 1/2 for j != i.
  template <class Data, class Number>
  METASOLVE_HD static void add_hessian_contraction(Data, Number const (&)[2], Number (&w)[2][2], Number (&bar)[2]) {
    for (int i = 0; i < 2; ++i) bar[1 - i] += Number(0.5) * w[i][1 - i];
  }
};

/// Returns 0 if each task converged to the solution it was constructed from.
template <class Exec>
int solve_and_check(Exec& exec) {
  using Solver = metasolve::kernels::NewtonSor<TwoParabolas>;
  using metasolve::exec::Buffer;
  constexpr std::int64_t tasks = 1000;
  std::vector<double> expected(2 * tasks), pairs(2 * tasks), found(2 * tasks);
  for (std::size_t t = 0; t < tasks; ++t) {
    double const y0 = expected[2 * t] = 0.001 * static_cast<double>(t);
    double const y1 = expected[2 * t + 1] = 1 - 0.0005 * static_cast<double>(t);
    pairs[2 * t] = y0 + y1 * y1 / 4;
    pairs[2 * t + 1] = y1 + y0 * y0 / 4;
  }
  double const start[] = {1, 0, 0};  // relaxation factor and guess, common to all tasks
  Buffer<double> data(exec, 2 * tasks), theta(exec, 3), solution(exec, 2 * tasks);
  Buffer<std::int32_t> status(exec, tasks), iterations(exec, tasks);
  data.upload(pairs.data(), 2 * tasks);
  theta.upload(start, 3);

  Solver solver;
  solver.system.pairs = data.data();
  auto const stage = metasolve::engine::make_stage(exec, solver, {.capacity = tasks});
  metasolve::kernels::LockstepArguments<double> arguments;
  arguments.slots = tasks;
  arguments.theta = {theta.data(), 0};
  arguments.tolerance.value = 1e-12;
  arguments.max_iterations.value = 100;
  arguments.status = status.data();
  arguments.iterations = iterations.data();
  arguments.solution = {solution.data(), 2};
  stage->solve(arguments);

  std::vector<std::int32_t> outcome(tasks), count(tasks);
  solution.download(found.data(), 2 * tasks);
  status.download(outcome.data(), tasks);
  iterations.download(count.data(), tasks);
  int wrong = 0;
  long total = 0;
  for (std::size_t t = 0; t < tasks; ++t) {
    bool const solved = outcome[t] == static_cast<std::int32_t>(metasolve::Status::converged) &&
                        std::abs(found[2 * t] - expected[2 * t]) <= 1e-10 &&
                        std::abs(found[2 * t + 1] - expected[2 * t + 1]) <= 1e-10;
    wrong += solved ? 0 : 1;
    total += count[t];
  }
  std::printf("metasolve %s, %s: %d tasks, %d wrong, %.2f iterations on average\n", METASOLVE_VERSION_STRING,
              exec.description().c_str(), static_cast<int>(tasks), wrong,
              static_cast<double>(total) / static_cast<double>(tasks));
  return wrong == 0 ? 0 : 1;
}
