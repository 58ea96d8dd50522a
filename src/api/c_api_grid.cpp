// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "metasolve/detail/api/c_api.hpp"
#include "metasolve/grid_solver.h"
#include "metasolve/grid_solver.hpp"
#include "metasolve/grid_stencils.hpp"

/// GridSolver<double> and its half stencils for C.

namespace c_api = metasolve::c_api;
using metasolve::GridScheme;
using metasolve::GridSide;
using GridSolverOfC = metasolve::GridSolver<double>;

// See metasolve_policy (policy.cpp).
static_assert(sizeof(metasolve_grid) == offsetof(metasolve_grid, sides) + 6 * sizeof(std::int32_t));
static_assert(sizeof(metasolve_grid_options) == offsetof(metasolve_grid_options, reserved) + sizeof(std::int32_t));
static_assert(sizeof(metasolve_grid_diffusion) == offsetof(metasolve_grid_diffusion, reserved) + sizeof(std::int32_t));
static_assert(METASOLVE_GRID_SIDE_PERIODIC == static_cast<int>(GridSide::periodic) &&
              METASOLVE_GRID_METHOD_ITERATION == static_cast<int>(GridSolverOfC::Method::iteration) &&
              METASOLVE_GRID_SMOOTHER_COLORS == static_cast<int>(GridSolverOfC::Smoother::colors) &&
              METASOLVE_GRID_SMOOTHER_LINE_AND_STENCIL == static_cast<int>(GridSolverOfC::Smoother::line_and_stencil) &&
              METASOLVE_GRID_CYCLE_F == static_cast<int>(GridSolverOfC::Cycle::f) &&
              METASOLVE_GRID_TRANSFER_BY_OPERATOR == static_cast<int>(GridSolverOfC::Transfer::by_operator) &&
              METASOLVE_GRID_SCHEME_ELEMENTS == static_cast<int>(GridScheme::elements));

struct metasolve_grid_solver {
  GridSolverOfC solver;
};

namespace {

metasolve::Grid grid_given(char const* name, metasolve_grid const* given) {
  auto const g = c_api::sized<metasolve_grid>(name, c_api::required(name, given), METASOLVE_GRID_DEFAULT);
  metasolve::Grid grid;
  grid.dimensions = g.dimensions;
  for (std::size_t a = 0; a < 3; ++a) {
    grid.points[a] = g.points[a];
    for (std::size_t end = 0; end < 2; ++end) grid.sides[a][end] = static_cast<GridSide>(g.sides[a][end]);
  }
  return grid;
}

/// The class rejects numbers that are no enumerators.
GridSolverOfC::Options grid_options_given(metasolve_grid_options const* given) {
  auto const o = c_api::sized_or_default<metasolve_grid_options>("options", given, METASOLVE_GRID_OPTIONS_DEFAULT);
  GridSolverOfC::Options options;
  options.constant_stencils = o.constant_stencils != 0;
  options.method = static_cast<GridSolverOfC::Method>(o.method);
  options.smoother = static_cast<GridSolverOfC::Smoother>(o.smoother);
  options.cycle = static_cast<GridSolverOfC::Cycle>(o.cycle);
  options.before = o.before;
  options.after = o.after;
  options.degree = o.degree;
  options.transfer = static_cast<GridSolverOfC::Transfer>(o.transfer);
  options.coarse_weights = o.coarse_weights != 0;
  options.is_singular = o.is_singular != 0;
  options.one_level = o.one_level != 0;
  for (std::size_t a = 0; a < 3; ++a) options.coarsens[a] = o.coarsens[a] != 0;
  if (o.parameter_count < 0) {
    throw metasolve::InputError("options.parameter_count is " + std::to_string(o.parameter_count) +
                                ", expected the length of parameters");
  }
  if (o.parameter_count > 0) c_api::required("options.parameters", o.parameters);
  if (o.parameters != nullptr) options.parameters = {o.parameters, static_cast<std::size_t>(o.parameter_count)};
  return options;
}

GridSolverOfC::Tasks grid_tasks_given(metasolve_grid_tasks const* given) {
  auto const t =
      c_api::sized<metasolve_grid_tasks>("tasks", c_api::required("tasks", given), METASOLVE_GRID_TASKS_DEFAULT);
  return {.count = t.count,
          .stencils = c_api::view(t.stencils),
          .rhs = c_api::view(t.rhs),
          .guess = c_api::view(t.guess),
          .parameters = c_api::view(t.parameters)};
}

}  // namespace

int metasolve_grid_solver_create(metasolve_executor const* executor, metasolve_grid const* grid,
                                 metasolve_grid_options const* options, metasolve_setup const* setup,
                                 metasolve_grid_solver** solver) {
  return c_api::guarded([&] {
    auto*& made = c_api::cleared("solver", solver);
    auto const& on = c_api::required("executor", executor).executor;
    auto const of = grid_given("grid", grid);
    made = new metasolve_grid_solver{GridSolverOfC(on, of, grid_options_given(options), c_api::setup(setup))};
  });
}

int metasolve_grid_solver_workspace_bytes(metasolve_executor const* executor, metasolve_grid const* grid,
                                          metasolve_grid_options const* options, metasolve_setup const* setup,
                                          size_t* bytes) {
  return c_api::guarded([&] {
    auto const& on = c_api::required("executor", executor).executor;
    auto& to = c_api::required("bytes", bytes);
    auto const of = grid_given("grid", grid);
    to = GridSolverOfC::workspace_bytes(on, of, grid_options_given(options), c_api::setup(setup));
  });
}

void metasolve_grid_solver_release(metasolve_grid_solver* solver) { delete solver; }

int metasolve_grid_solver_unknowns(metasolve_grid_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.unknowns();
}
int metasolve_grid_solver_levels(metasolve_grid_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.levels();
}
int64_t metasolve_grid_solver_numbers(metasolve_grid_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.numbers();
}
int metasolve_grid_solver_parameters(metasolve_grid_solver const* solver) {
  return solver == nullptr ? 0 : solver->solver.parameters();
}
double const* metasolve_grid_solver_default_parameters(metasolve_grid_solver const* solver) {
  return solver == nullptr ? nullptr : solver->solver.default_parameters().data();
}
char const* metasolve_grid_solver_parameter_name(metasolve_grid_solver const* solver, int index) {
  if (solver == nullptr || index < 0 || index >= solver->solver.parameters()) return nullptr;
  return solver->solver.parameter_names()[static_cast<std::size_t>(index)].c_str();
}

int metasolve_grid_solver_solve(metasolve_grid_solver* solver, metasolve_grid_tasks const* tasks,
                                metasolve_stopping const* stopping, metasolve_results const* results,
                                metasolve_policy const* policy) {
  return c_api::guarded([&] {
    c_api::required("solver", solver)
        .solver.solve(grid_tasks_given(tasks), c_api::stopping(stopping), c_api::results(results),
                      c_api::policy(policy));
  });
}

int metasolve_grid_cells(metasolve_grid const* grid, int32_t cells[3]) {
  return c_api::guarded([&] {
    auto const of = metasolve::cells_of(grid_given("grid", grid));
    std::copy(of.begin(), of.end(), &c_api::required("cells", cells));
  });
}

int metasolve_grid_diffusion_stencils(metasolve_grid_diffusion const* diffusion, double* stencils) {
  return c_api::guarded([&] {
    auto const d = c_api::sized<metasolve_grid_diffusion>("diffusion", c_api::required("diffusion", diffusion),
                                                          METASOLVE_GRID_DIFFUSION_DEFAULT);
    metasolve::GridDiffusion of;
    of.grid = grid_given("diffusion.grid", d.grid);
    auto const cells = metasolve::cells_of(of.grid);
    std::int64_t const count = std::int64_t{cells[0]} * cells[1] * cells[2];
    of.conductivity = {&c_api::required("diffusion.conductivity", d.conductivity), static_cast<std::size_t>(count)};
    of.scheme = static_cast<GridScheme>(d.scheme);
    std::copy(d.step, d.step + 3, of.step.begin());
    if (d.obstacle != nullptr) of.obstacle = {d.obstacle, static_cast<std::size_t>(of.grid.unknowns())};
    auto& to = c_api::required("stencils", stencils);
    auto const made = metasolve::diffusion_stencils(of);
    std::copy(made.begin(), made.end(), &to);
  });
}

int metasolve_grid_poisson_stencil(int points, double* stencil) {
  return c_api::guarded([&] {
    auto& to = c_api::required("stencil", stencil);
    auto const made = metasolve::poisson_stencil(points);
    std::copy(made.begin(), made.end(), &to);
  });
}

int metasolve_grid_rotated_diffusion_stencil(double epsilon, double angle, double* stencil) {
  return c_api::guarded([&] {
    auto& to = c_api::required("stencil", stencil);
    auto const made = metasolve::rotated_diffusion_stencil(epsilon, angle);
    std::copy(made.begin(), made.end(), &to);
  });
}
