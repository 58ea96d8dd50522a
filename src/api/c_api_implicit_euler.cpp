// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/implicit_euler_solver.hpp"

/// ImplicitEulerSolver for C.

namespace c_api = metasolve::c_api;
using metasolve::ImplicitEulerSolver;

static_assert(METASOLVE_METHOD_NEWTON_SOR == static_cast<int>(ImplicitEulerSolver::Method::newton_sor) &&
              METASOLVE_METHOD_NEWTON == static_cast<int>(ImplicitEulerSolver::Method::newton) &&
              METASOLVE_METHOD_ANDERSON_SOR == static_cast<int>(ImplicitEulerSolver::Method::anderson_sor));

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_implicit_euler_options) ==
              offsetof(metasolve_implicit_euler_options, reserved) + sizeof(std::int32_t));
/// Before method was added.
template <>
inline constexpr std::size_t c_api::first_size<metasolve_implicit_euler_options> =
    offsetof(metasolve_implicit_euler_options, method);

struct metasolve_implicit_euler_solver {
  ImplicitEulerSolver solver;
};

namespace {

ImplicitEulerSolver::System system_of(char const* name, metasolve_implicit_euler_options const* options) {
  c_api::required("system", name);
  auto const o = c_api::sized_or_default<metasolve_implicit_euler_options>("options", options,
                                                                           METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT);
  return {.name = name,
          .clamps = o.clamps != 0,
          .low = o.low,
          .high = o.high,
          .method = static_cast<ImplicitEulerSolver::Method>(o.method)};
}

ImplicitEulerSolver::Tasks tasks_of(metasolve_implicit_euler_tasks const* given) {
  auto const t = c_api::sized<metasolve_implicit_euler_tasks>("tasks", c_api::required("tasks", given),
                                                              METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT);
  return {.count = t.count,
          .previous = c_api::view(t.previous),
          .parameters = c_api::view(t.parameters),
          .step = c_api::column<double>(t.step),
          .time = c_api::column<double>(t.time),
          .relaxation = c_api::column<double>(t.relaxation),
          .guess = c_api::view(t.guess)};
}

ImplicitEulerSolver::Gradient gradient_of(metasolve_implicit_euler_gradient const* given) {
  auto const g = c_api::sized<metasolve_implicit_euler_gradient>("gradient", c_api::required("gradient", given),
                                                                 METASOLVE_IMPLICIT_EULER_GRADIENT_DEFAULT);
  return {.solution = c_api::view(g.solution),
          .solution_bar = c_api::view(g.solution_bar),
          .previous_bar = c_api::view(g.previous_bar),
          .parameters_bar = c_api::view(g.parameters_bar),
          .step_bar = g.step_bar,
          .time_bar = g.time_bar};
}

}  // namespace

int metasolve_implicit_euler_solver_create(metasolve_executor const* executor, char const* system,
                                           metasolve_implicit_euler_options const* options,
                                           metasolve_setup const* setup, metasolve_implicit_euler_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    made =
        new metasolve_implicit_euler_solver{ImplicitEulerSolver(on, system_of(system, options), c_api::setup(setup))};
  });
}

int metasolve_implicit_euler_solver_workspace_bytes(metasolve_executor const* executor, char const* system,
                                                    metasolve_implicit_euler_options const* options,
                                                    metasolve_setup const* setup, size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    to = ImplicitEulerSolver::workspace_bytes(on, system_of(system, options), c_api::setup(setup));
  });
}

void metasolve_implicit_euler_solver_release(metasolve_implicit_euler_solver* solver) { delete solver; }

int metasolve_implicit_euler_solver_unknowns(metasolve_implicit_euler_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}
int metasolve_implicit_euler_solver_parameters(metasolve_implicit_euler_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.parameters();
}

int metasolve_implicit_euler_solver_solve(metasolve_implicit_euler_solver* solver,
                                          metasolve_implicit_euler_tasks const* tasks,
                                          metasolve_stopping const* stopping, metasolve_results const* results,
                                          metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(tasks_of(tasks), c_api::stopping(stopping), c_api::results(results), c_api::policy(policy));
  });
}

int metasolve_implicit_euler_solver_gradient(metasolve_implicit_euler_solver* solver,
                                             metasolve_implicit_euler_tasks const* tasks,
                                             metasolve_implicit_euler_gradient const* gradient, int32_t* status) {
  return c_api::guarded(
      [&] { c_api::required("solver", solver).solver.gradient(tasks_of(tasks), gradient_of(gradient), status); });
}
