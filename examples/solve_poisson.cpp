// SPDX-License-Identifier: Apache-2.0
//
// Solves a batch of 1-D Poisson systems in the program's own memory, with a zero guess and with a trained meta-solver.
// Usage: solve_poisson [MODEL]     MODEL: a model.safetensors, or the folder of a run of `metasolve train`
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <metasolve/error.hpp>
#include <metasolve/jacobi_solver.hpp>
#include <vector>

using metasolve::BatchView;

int main(int argc, char** argv) try {
  constexpr int unknowns = 16;
  constexpr int tasks = 1000;
  std::vector<double> rhs(tasks * unknowns), solution(tasks * unknowns), measure(tasks);
  std::vector<std::int32_t> status(tasks), iterations(tasks);
  for (int t = 0; t < tasks; ++t) {
    for (int j = 0; j < unknowns; ++j) {
      auto const at = static_cast<std::size_t>(t * unknowns + j);
      rhs[at] = std::sin(0.3 * j + t) + 0.5 * std::cos(1.7 * j * t);
    }
  }

  auto const executor = metasolve::Executor::cpu();
  metasolve::Setup setup{.capacity = tasks};
  if (argc > 1) setup.meta_solver = metasolve::MetaSolver::load(argv[1]);
  auto solver =
      metasolve::JacobiSolver<double>::poisson(executor, unknowns, metasolve::Measure::relative_residual, setup);

  auto const mean_iterations = [&](bool by_meta_solver) {
    solver.solve({.count = tasks, .rhs = BatchView<double const>::array_of_structs(rhs.data(), unknowns)},
                 {.tolerance = 1e-6, .max_iterations = 10000},
                 {.status = status.data(),
                  .iterations = iterations.data(),
                  .measure = measure.data(),
                  .solution = BatchView<double>::array_of_structs(solution.data(), unknowns)},
                 {.meta_solver = by_meta_solver});
    executor.synchronize();
    double sum = 0;
    for (int t = 0; t < tasks; ++t) {
      auto const i = static_cast<std::size_t>(t);
      if (status[i] != static_cast<std::int32_t>(metasolve::Status::converged)) {
        std::printf("task %d did not converge: relative residual %g\n", t, measure[i]);
      }
      sum += iterations[i];
    }
    return sum / tasks;
  };

  std::printf("zero guess:  %.2f iterations per task\n", mean_iterations(false));
  if (argc > 1) std::printf("meta-solver: %.2f iterations per task\n", mean_iterations(true));
  std::printf("u of task 0: %.6f %.6f ... %.6f\n", solution[0], solution[1], solution[unknowns - 1]);
  return 0;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
