// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/pressure_solver.h"
#include "metasolve/pressure_solver.hpp"

/// PressureSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::PressureSolver;

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_pressure_options) == offsetof(metasolve_pressure_options, fill_share) + sizeof(double));
static_assert(
    METASOLVE_PRESSURE_PRECONDITIONER_NONE == static_cast<int>(PressureSolver::Preconditioner::none) &&
    METASOLVE_PRESSURE_PRECONDITIONER_MODIFIED_CHOLESKY ==
        static_cast<int>(PressureSolver::Preconditioner::modified_cholesky) &&
    METASOLVE_PRESSURE_PRECONDITIONER_MULTIGRID == static_cast<int>(PressureSolver::Preconditioner::multigrid) &&
    METASOLVE_PRESSURE_MEASURE_LARGEST_RESIDUAL == static_cast<int>(PressureSolver::Measure::largest_residual) &&
    METASOLVE_PRESSURE_MEASURE_RESIDUAL == static_cast<int>(PressureSolver::Measure::residual) &&
    METASOLVE_PRESSURE_MEASURE_RELATIVE_RESIDUAL == static_cast<int>(PressureSolver::Measure::relative_residual));

struct metasolve_pressure_solver {
  PressureSolver solver;
};

namespace {

/// The class rejects numbers that are no enumerators.
PressureSolver::Options pressure_options_given(metasolve_pressure_options const* given) {
  auto const o = c_api::sized<metasolve_pressure_options>("options", c_api::required("options", given),
                                                          METASOLVE_PRESSURE_OPTIONS_DEFAULT);
  return {.rows = o.rows,
          .columns = o.columns,
          .preconditioner = static_cast<PressureSolver::Preconditioner>(o.preconditioner),
          .fill_share = o.fill_share,
          .measure = static_cast<PressureSolver::Measure>(o.measure)};
}

PressureSolver::Tasks pressure_tasks_given(metasolve_pressure_tasks const* given) {
  auto const t = c_api::sized<metasolve_pressure_tasks>("tasks", c_api::required("tasks", given),
                                                        METASOLVE_PRESSURE_TASKS_DEFAULT);
  return {.count = t.count,
          .rhs = c_api::view(t.rhs),
          .weights_x = c_api::view(t.weights_x),
          .weights_y = c_api::view(t.weights_y),
          .open = c_api::view(t.open),
          .guess = c_api::view(t.guess)};
}

}  // namespace

int metasolve_pressure_solver_create(metasolve_executor const* executor, metasolve_pressure_options const* options,
                                     metasolve_setup const* setup, metasolve_pressure_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_pressure_solver{PressureSolver(on, pressure_options_given(options), c_api::setup(setup))};
  });
}

int metasolve_pressure_solver_workspace_bytes(metasolve_executor const* executor,
                                              metasolve_pressure_options const* options, metasolve_setup const* setup,
                                              size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = PressureSolver::workspace_bytes(on, pressure_options_given(options), c_api::setup(setup));
  });
}

void metasolve_pressure_solver_release(metasolve_pressure_solver* solver) { delete solver; }

int metasolve_pressure_solver_unknowns(metasolve_pressure_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}

int metasolve_pressure_solver_solve(metasolve_pressure_solver* solver, metasolve_pressure_tasks const* tasks,
                                    metasolve_stopping const* stopping, metasolve_results const* results,
                                    metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(pressure_tasks_given(tasks), c_api::stopping(stopping), c_api::results(results),
                      c_api::policy(policy));
  });
}
