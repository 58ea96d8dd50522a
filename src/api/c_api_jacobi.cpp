// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/jacobi_solver.hpp"

/// JacobiSolver<double> for C.

namespace c_api = metasolve::c_api;
using metasolve::InputError;
using metasolve::Measure;
using Solver = metasolve::JacobiSolver<double>;

static_assert(METASOLVE_MEASURE_RELATIVE_ERROR == static_cast<int>(Measure::relative_error) &&
              METASOLVE_MEASURE_RELATIVE_RESIDUAL == static_cast<int>(Measure::relative_residual));

struct metasolve_jacobi_solver {
  Solver solver;
};

namespace {

Measure measure_of(int measure) {
  if (measure == METASOLVE_MEASURE_RELATIVE_ERROR || measure == METASOLVE_MEASURE_RELATIVE_RESIDUAL) {
    return static_cast<Measure>(measure);
  }
  throw InputError("measure is " + std::to_string(measure) +
                   ", expected METASOLVE_MEASURE_RELATIVE_ERROR (0) or METASOLVE_MEASURE_RELATIVE_RESIDUAL (1)");
}

Solver::Tasks tasks_of(metasolve_jacobi_tasks const* given) {
  auto const t =
      c_api::sized<metasolve_jacobi_tasks>("tasks", c_api::required("tasks", given), METASOLVE_JACOBI_TASKS_DEFAULT);
  return {.count = t.count,
          .rhs = c_api::view(t.rhs),
          .solution = c_api::view(t.solution),
          .values = c_api::view(t.values),
          .guess = c_api::view(t.guess)};
}

}  // namespace

int metasolve_jacobi_solver_create_poisson(metasolve_executor const* executor, int unknowns, int measure,
                                           metasolve_setup const* setup, metasolve_jacobi_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_jacobi_solver{Solver::poisson(on, unknowns, measure_of(measure), c_api::setup(setup))};
  });
}

int metasolve_jacobi_solver_poisson_workspace_bytes(metasolve_executor const* executor, int unknowns, int measure,
                                                    metasolve_setup const* setup, size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = Solver::poisson_workspace_bytes(on, unknowns, measure_of(measure), c_api::setup(setup));
  });
}

int metasolve_jacobi_solver_create_sparse(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                          int measure, metasolve_setup const* setup, metasolve_jacobi_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_jacobi_solver{
        Solver::sparse(on, c_api::pattern(pattern), measure_of(measure), c_api::setup(setup))};
  });
}

int metasolve_jacobi_solver_sparse_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                                   int measure, metasolve_setup const* setup, size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = Solver::sparse_workspace_bytes(on, c_api::pattern(pattern), measure_of(measure), c_api::setup(setup));
  });
}

void metasolve_jacobi_solver_release(metasolve_jacobi_solver* solver) { delete solver; }

int metasolve_jacobi_solver_unknowns(metasolve_jacobi_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}

int metasolve_jacobi_solver_solve(metasolve_jacobi_solver* solver, metasolve_jacobi_tasks const* tasks,
                                  metasolve_stopping const* stopping, metasolve_results const* results,
                                  metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}

int metasolve_solve_poisson_directly(int unknowns, int64_t count, double const* rhs, double* solution) {
  return c_api::guarded([&] {
    // The lengths below are unsigned, for at most 1024 unknowns.
    if (count < 0 || count > std::numeric_limits<int64_t>::max() / 8192) {
      throw InputError("count is " + std::to_string(count) + ", expected a number of tasks");
    }
    if (count > 0) {
      c_api::required("rhs", rhs);
      c_api::required("solution", solution);
    }
    auto const entries = static_cast<std::size_t>(count) * static_cast<std::size_t>(unknowns < 0 ? 0 : unknowns);
    metasolve::solve_poisson_directly(unknowns, {rhs, entries}, {solution, entries});
  });
}
