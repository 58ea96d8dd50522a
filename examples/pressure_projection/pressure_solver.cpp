// SPDX-License-Identifier: Apache-2.0
#include "pressure_solver.hpp"

#include <chrono>

namespace projection {

namespace {

metasolve::Setup setup(std::string const& model) {
  metasolve::Setup one;
  one.capacity = 1;
  if (!model.empty()) one.meta_solver = metasolve::MetaSolver::load(model);
  return one;
}

}  // namespace

PressureSolver::PressureSolver(int n, std::string const& model)
    : executor_(metasolve::Executor::cpu(1)),
      multigrid_(executor_, {.rows = n, .columns = n, .preconditioner = Preconditioner::multigrid}, setup({})),
      modified_cholesky_(executor_, {.rows = n, .columns = n, .preconditioner = Preconditioner::modified_cholesky},
                         setup(model)) {}

SolveResult PressureSolver::solve(PressureSystem const& system, CellVector const& rhs, CellVector& pressure,
                                  double tolerance, Preconditioner preconditioner, bool predicts) {
  auto const start = std::chrono::steady_clock::now();
  metasolve::PressureSolver::Tasks task;
  task.count = 1;
  task.rhs.data = rhs.data();
  task.weights_x.data = system.weights_x.data();
  task.weights_y.data = system.weights_y.data();
  task.guess.data = pressure.data();
  std::int32_t iterations = 0, status = 0;
  metasolve::PressureSolver::Results results;
  results.iterations = &iterations;
  results.status = &status;
  results.solution.data = pressure.data();
  metasolve::Policy policy;
  policy.meta_solver = predicts;
  auto& solver = preconditioner == Preconditioner::multigrid ? multigrid_ : modified_cholesky_;
  solver.solve(task, {.tolerance = tolerance, .max_iterations = 3000}, results, policy);
  executor_.synchronize();
  bool const is_solved = status == static_cast<std::int32_t>(metasolve::Status::converged);
  return {is_solved ? iterations : -1, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
}

}  // namespace projection
