// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/linear_solver.h"
#include "metasolve/linear_solver.hpp"

/// LinearSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::LinearSolver;
using metasolve::PreconditionerKind;
using Method = LinearSolver::Method;
using Matrix = LinearSolver::Matrix;
using Ordering = LinearSolver::Ordering;
using Precision = LinearSolver::Precision;

static_assert(METASOLVE_LINEAR_METHOD_AUTOMATIC == static_cast<int>(Method::automatic) &&
              METASOLVE_LINEAR_METHOD_CHOLESKY == static_cast<int>(Method::cholesky) &&
              METASOLVE_LINEAR_METHOD_LDL == static_cast<int>(Method::ldl) &&
              METASOLVE_LINEAR_METHOD_LU == static_cast<int>(Method::lu) &&
              METASOLVE_LINEAR_METHOD_DENSE_LU == static_cast<int>(Method::dense_lu) &&
              METASOLVE_LINEAR_METHOD_CG == static_cast<int>(Method::cg) &&
              METASOLVE_LINEAR_METHOD_BICGSTAB == static_cast<int>(Method::bicgstab) &&
              METASOLVE_LINEAR_METHOD_GMRES == static_cast<int>(Method::gmres));
static_assert(METASOLVE_LINEAR_MATRIX_GENERAL == static_cast<int>(Matrix::general) &&
              METASOLVE_LINEAR_MATRIX_SYMMETRIC == static_cast<int>(Matrix::symmetric) &&
              METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE == static_cast<int>(Matrix::positive_definite));
static_assert(METASOLVE_LINEAR_ORDERING_AUTOMATIC == static_cast<int>(Ordering::automatic) &&
              METASOLVE_LINEAR_ORDERING_NATURAL == static_cast<int>(Ordering::natural) &&
              METASOLVE_LINEAR_ORDERING_RCM == static_cast<int>(Ordering::rcm) &&
              METASOLVE_LINEAR_ORDERING_AMD == static_cast<int>(Ordering::amd));
static_assert(METASOLVE_PRECISION_FULL == static_cast<int>(Precision::full) &&
              METASOLVE_PRECISION_MIXED == static_cast<int>(Precision::mixed));

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_linear_options) == offsetof(metasolve_linear_options, reserved) + sizeof(std::int32_t));

struct metasolve_linear_solver {
  LinearSolver solver;
};

namespace {

LinearSolver::Options options_of(metasolve_linear_options const* given) {
  auto const o = c_api::sized_or_default<metasolve_linear_options>("options", given, METASOLVE_LINEAR_OPTIONS_DEFAULT);
  return {
      .matrix = c_api::one_of("options.matrix", o.matrix, Matrix::positive_definite,
                              "METASOLVE_LINEAR_MATRIX_GENERAL (0), METASOLVE_LINEAR_MATRIX_SYMMETRIC (1) or "
                              "METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE (2)"),
      .method = c_api::one_of("options.method", o.method, Method::gmres,
                              "METASOLVE_LINEAR_METHOD_AUTOMATIC (0) to METASOLVE_LINEAR_METHOD_GMRES (7)"),
      .ordering = c_api::one_of("options.ordering", o.ordering, Ordering::amd,
                                "METASOLVE_LINEAR_ORDERING_AUTOMATIC (0) to METASOLVE_LINEAR_ORDERING_AMD (3)"),
      .precision = c_api::one_of("options.precision", o.precision, Precision::mixed,
                                 "METASOLVE_PRECISION_FULL (0) or METASOLVE_PRECISION_MIXED (1)"),
      .keeps_factors = o.keeps_factors != 0,
      .preconditioner = c_api::one_of("options.preconditioner", o.preconditioner, PreconditionerKind::automatic,
                                      "METASOLVE_PRECONDITIONER_NONE (0) to METASOLVE_PRECONDITIONER_AUTOMATIC (6)"),
      .fill_level = o.fill_level,
      .block_size = o.block_size,
      .restart = o.restart};
}

LinearSolver::Tasks tasks_of(metasolve_linear_tasks const* given) {
  auto const t =
      c_api::sized<metasolve_linear_tasks>("tasks", c_api::required("tasks", given), METASOLVE_LINEAR_TASKS_DEFAULT);
  return {.count = t.count,
          .values = c_api::view(t.values),
          .rhs = c_api::view(t.rhs),
          .guess = c_api::view(t.guess),
          .shift = c_api::column<double>(t.shift),
          .omega = c_api::column<double>(t.omega)};
}

LinearSolver::Gradient gradient_of(metasolve_linear_gradient const* given) {
  auto const g = c_api::sized<metasolve_linear_gradient>("gradient", c_api::required("gradient", given),
                                                         METASOLVE_LINEAR_GRADIENT_DEFAULT);
  return {.solution = c_api::view(g.solution),
          .solution_bar = c_api::view(g.solution_bar),
          .rhs_bar = c_api::view(g.rhs_bar),
          .values_bar = c_api::view(g.values_bar)};
}

}  // namespace

int metasolve_linear_solver_create(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                   metasolve_linear_options const* options, metasolve_setup const* setup,
                                   metasolve_linear_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_linear_solver{
        LinearSolver(on, c_api::pattern(pattern), options_of(options), c_api::setup(setup))};
  });
}

int metasolve_linear_solver_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                            metasolve_linear_options const* options, metasolve_setup const* setup,
                                            size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = LinearSolver::workspace_bytes(on, c_api::pattern(pattern), options_of(options), c_api::setup(setup));
  });
}

void metasolve_linear_solver_release(metasolve_linear_solver* solver) { delete solver; }

int metasolve_linear_solver_unknowns(metasolve_linear_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}

int metasolve_linear_solver_method(metasolve_linear_solver const* solver) {
  return static_cast<int>(solver == nullptr ? Method::automatic : solver->solver.method());
}

int metasolve_linear_solver_ordering(metasolve_linear_solver const* solver) {
  return static_cast<int>(solver == nullptr ? Ordering::automatic : solver->solver.ordering());
}

int64_t metasolve_linear_solver_factor_entries(metasolve_linear_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.factor_entries();
}

int metasolve_linear_solver_solve(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                  metasolve_stopping const* stopping, metasolve_results const* results) {
  return metasolve_linear_solver_solve_with_policy(solver, tasks, stopping, results, nullptr);
}

int metasolve_linear_solver_solve_with_policy(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                              metasolve_stopping const* stopping, metasolve_results const* results,
                                              metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}

int metasolve_linear_solver_solve_again(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                        metasolve_stopping const* stopping, metasolve_results const* results) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve_again(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results));
  });
}

int metasolve_linear_solver_gradient(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                     metasolve_linear_gradient const* gradient, metasolve_stopping const* stopping,
                                     metasolve_results const* results) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.gradient(tasks_of(tasks), gradient_of(gradient), c_api::stopping(stopping), c_api::results(results));
  });
}
