// SPDX-License-Identifier: Apache-2.0
#include "metasolve/ode_solver.hpp"
#include "src/api/c_api.hpp"

/// OdeSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::OdeSolver;

static_assert(metasolve_newton_sor == static_cast<int>(OdeSolver::Method::newton_sor) &&
              metasolve_newton == static_cast<int>(OdeSolver::Method::newton));

// As metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_ode_options) == offsetof(metasolve_ode_options, reserved) + sizeof(std::int32_t));
/// Without method.
template <>
inline constexpr std::size_t c_api::first_size<metasolve_ode_options> = offsetof(metasolve_ode_options, method);

struct metasolve_ode_solver {
  OdeSolver solver;
};

namespace {

OdeSolver::System system_of(char const* name, metasolve_ode_options const* options) {
  c_api::required("system", name);
  auto const o = c_api::sized_or_default<metasolve_ode_options>("options", options, METASOLVE_ODE_OPTIONS_DEFAULT);
  return {.name = name,
          .clamps = o.clamps != 0,
          .low = o.low,
          .high = o.high,
          .method = static_cast<OdeSolver::Method>(o.method)};
}

OdeSolver::Tasks tasks_of(metasolve_ode_tasks const* given) {
  auto const t =
      c_api::sized<metasolve_ode_tasks>("tasks", c_api::required("tasks", given), METASOLVE_ODE_TASKS_DEFAULT);
  return {.count = t.count,
          .previous = c_api::view(t.previous),
          .parameters = c_api::view(t.parameters),
          .step = c_api::column(t.step),
          .time = c_api::column(t.time),
          .relaxation = c_api::column(t.relaxation),
          .guess = c_api::view(t.guess)};
}

}  // namespace

int metasolve_ode_solver_create(metasolve_executor const* executor, char const* system,
                                metasolve_ode_options const* options, metasolve_setup const* setup,
                                metasolve_ode_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made = new metasolve_ode_solver{OdeSolver(on, system_of(system, options), c_api::setup(setup))};
  });
}

int metasolve_ode_solver_workspace_bytes(metasolve_executor const* executor, char const* system,
                                         metasolve_ode_options const* options, metasolve_setup const* setup,
                                         size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = OdeSolver::workspace_bytes(on, system_of(system, options), c_api::setup(setup));
  });
}

void metasolve_ode_solver_release(metasolve_ode_solver* solver) { delete solver; }

int metasolve_ode_solver_unknowns(metasolve_ode_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}
int metasolve_ode_solver_parameters(metasolve_ode_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.parameters();
}

int metasolve_ode_solver_solve(metasolve_ode_solver* solver, metasolve_ode_tasks const* tasks,
                               metasolve_stopping const* stopping, metasolve_results const* results,
                               metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}
