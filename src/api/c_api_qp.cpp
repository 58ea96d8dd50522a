// SPDX-License-Identifier: Apache-2.0
#include <limits>

#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/qp_solver.h"
#include "metasolve/qp_solver.hpp"

/// QpSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::QpSolver;

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_qp_options) == offsetof(metasolve_qp_options, codebook) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_qp_tasks) == offsetof(metasolve_qp_tasks, reserved) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_qp_gradient) == offsetof(metasolve_qp_gradient, reserved) + sizeof(std::int32_t));

struct metasolve_qp_solver {
  QpSolver solver;
};

namespace {

/// P and A may have no entries, A no rows.
metasolve::Pattern qp_pattern(std::string const& name, metasolve_pattern const& p, std::int32_t least) {
  constexpr auto most = std::numeric_limits<std::int32_t>::max() - 1;  // row_ptrs has one more element
  if (p.unknowns < least || p.unknowns > most) {
    throw metasolve::InputError(name + ".unknowns is " + std::to_string(p.unknowns) + ", expected " +
                                std::to_string(least) + " to " + std::to_string(most));
  }
  if (p.entries < 0) {
    throw metasolve::InputError(name + ".entries is " + std::to_string(p.entries) +
                                ", expected the length of col_idxs, 0 or more");
  }
  c_api::required((name + ".row_ptrs").c_str(), p.row_ptrs);
  if (p.entries > 0) c_api::required((name + ".col_idxs").c_str(), p.col_idxs);
  return {.row_ptrs = {p.row_ptrs, static_cast<std::size_t>(p.unknowns) + 1},
          .col_idxs = {p.col_idxs, static_cast<std::size_t>(p.entries)}};
}

/// Arrays of the caller's, whose lengths are those of the patterns.
struct QpInput {
  QpSolver::Problem problem;
  QpSolver::Options options;

  QpInput(metasolve_qp_problem const* given, metasolve_qp_options const* given_options) {
    auto const p =
        c_api::sized<metasolve_qp_problem>("problem", c_api::required("problem", given), METASOLVE_QP_PROBLEM_DEFAULT);
    auto const o =
        c_api::sized_or_default<metasolve_qp_options>("options", given_options, METASOLVE_QP_OPTIONS_DEFAULT);
    problem.p = qp_pattern("problem.p", c_api::required("problem.p", p.p), 1);
    if (p.a != nullptr) problem.a = qp_pattern("problem.a", *p.a, 0);
    auto const n = problem.p.row_ptrs.size() - 1;
    auto const m = problem.a.row_ptrs.empty() ? 0 : problem.a.row_ptrs.size() - 1;
    auto const span = [](auto const* data, std::size_t size) { return std::span(data, data == nullptr ? 0 : size); };
    problem.p_values = span(p.p_values, problem.p.col_idxs.size());
    problem.q = span(p.q, n);
    problem.a_values = span(p.a_values, problem.a.col_idxs.size());
    problem.lower = span(p.lower, m);
    problem.upper = span(p.upper, m);
    options.rho = o.rho;
    options.sigma = o.sigma;
    options.absolute = o.absolute;
    options.scaling = o.scaling != 0;
    options.equality = o.equality;
    options.unbounded = o.unbounded;
    options.certificate_tolerance = o.certificate_tolerance;
    options.guess_rho = o.guess_rho;
    options.row_weights = span(o.row_weights, m);
    options.penalty_group = span(o.penalty_group, m);
    options.shift_x = span(o.shift_x, n);
    options.shift_y = span(o.shift_y, m);
    options.codebook = o.codebook;
  }
};

QpSolver::Tasks qp_tasks_of(metasolve_qp_tasks const* given) {
  auto const t = c_api::sized<metasolve_qp_tasks>("tasks", c_api::required("tasks", given), METASOLVE_QP_TASKS_DEFAULT);
  return {.count = t.count,
          .p_values = c_api::view(t.p_values),
          .a_values = c_api::view(t.a_values),
          .q = c_api::view(t.q),
          .lower = c_api::view(t.lower),
          .upper = c_api::view(t.upper),
          .rho = c_api::view(t.rho),
          .alpha = c_api::column<double>(t.alpha),
          .guess = c_api::view(t.guess),
          .shifts_guess = t.shifts_guess != 0,
          .entry = c_api::column<std::int32_t>(t.entry),
          .scales = c_api::view(t.scales),
          .features = c_api::view(t.features)};
}

}  // namespace

int metasolve_qp_solver_create(metasolve_executor const* executor, metasolve_qp_problem const* problem,
                               metasolve_qp_options const* options, metasolve_setup const* setup,
                               metasolve_qp_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    QpInput const input(problem, options);
    made = new metasolve_qp_solver{QpSolver(on, input.problem, input.options, c_api::setup(setup))};
  });
}

int metasolve_qp_solver_workspace_bytes(metasolve_executor const* executor, metasolve_qp_problem const* problem,
                                        metasolve_qp_options const* options, metasolve_setup const* setup,
                                        size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    QpInput const input(problem, options);
    to = QpSolver::workspace_bytes(on, input.problem, input.options, c_api::setup(setup));
  });
}

void metasolve_qp_solver_release(metasolve_qp_solver* solver) { delete solver; }

int metasolve_qp_solver_variables(metasolve_qp_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.variables();
}
int metasolve_qp_solver_rows(metasolve_qp_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.rows();
}
int metasolve_qp_solver_groups(metasolve_qp_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.groups();
}
double metasolve_qp_solver_rho(metasolve_qp_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.rho();
}
int64_t metasolve_qp_solver_factor_entries(metasolve_qp_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.factor_entries();
}
double const* metasolve_qp_solver_row_weights(metasolve_qp_solver const* solver) {
  return solver == nullptr ? nullptr : solver->solver.row_weights().data();
}

int metasolve_qp_solver_set_codebook(metasolve_qp_solver* solver, metasolve_qp_codebook const* codebook) {
  return c_api::guarded([&] {
    auto& to = c_api::required("solver", solver).solver;
    auto const c = c_api::sized<metasolve_qp_codebook>("codebook", c_api::required("codebook", codebook),
                                                       METASOLVE_QP_CODEBOOK_DEFAULT);
    to.set_codebook({c_api::view(c.rho), c_api::view(c.p_values), c_api::view(c.a_values)});
  });
}

int metasolve_qp_solver_solve(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                              metasolve_stopping const* stopping, metasolve_results const* results,
                              metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(qp_tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}

int metasolve_qp_solver_polish(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                               metasolve_qp_polish const* polish) {
  return c_api::guarded([&] {
    auto& to = c_api::required("solver", solver).solver;
    auto const p =
        c_api::sized<metasolve_qp_polish>("polish", c_api::required("polish", polish), METASOLVE_QP_POLISH_DEFAULT);
    to.polish(qp_tasks_of(tasks), {c_api::view(p.solution), p.status, p.measure, p.polished});
  });
}

int metasolve_qp_solver_gradient(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                                 metasolve_qp_gradient const* gradient) {
  return c_api::guarded([&] {
    auto& to = c_api::required("solver", solver).solver;
    auto const g = c_api::sized<metasolve_qp_gradient>("gradient", c_api::required("gradient", gradient),
                                                       METASOLVE_QP_GRADIENT_DEFAULT);
    to.gradient(qp_tasks_of(tasks), {.solution = c_api::view(g.solution),
                                     .solution_bar = c_api::view(g.solution_bar),
                                     .of_x = g.of_x != 0,
                                     .q_bar = c_api::view(g.q_bar),
                                     .lower_bar = c_api::view(g.lower_bar),
                                     .upper_bar = c_api::view(g.upper_bar),
                                     .p_bar = c_api::view(g.p_bar),
                                     .a_bar = c_api::view(g.a_bar),
                                     .status = g.status});
  });
}
