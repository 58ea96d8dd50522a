// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/diffusion.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/grid_calls.hpp"

/// GridSolver with a meta-solver of the problem "diffusion", on each executor.
namespace metasolve::grid_meta_solver_test {
namespace {

using Solver = GridSolver<double>;
constexpr std::int64_t count = 6;

config::RunConfig network(grids::Smoother smoother, bool coarse_weights) {
  config::RunConfig c;
  c.problem.name = "diffusion";
  auto& s = c.of<problems::DiffusionSettings>();
  s.points = 7;
  s.smoother = smoother;
  s.coarse_weights = coarse_weights;
  c.network.hidden = {6};
  return c;
}
Solver::Options options_of(Solver::Smoother smoother, bool coarse_weights) {
  Solver::Options o;
  o.constant_stencils = true;
  o.smoother = smoother;
  o.coarse_weights = coarse_weights;
  return o;
}

class GridMetaSolverOn : public test::GridCalls {};
METASOLVE_ON_EXECUTORS(GridMetaSolverOn);

/// A single parameter has a range, others are offsets: solvers take models of both.
TEST_P(GridMetaSolverOn, ChoosesTheParametersOfEachTask) {
  test::GridTasks<double> const of(test::grid_of({7, 7, 1}), true, count);
  auto const solve_by = [&](config::RunConfig const& c, Solver::Options const& options, bool predicts) {
    metasolve::Setup setup;
    setup.capacity = count;
    setup.meta_solver = test::meta_solver(c);
    Solver solver(executor(), of.grid, options, setup);
    auto* const origin = place(std::vector<Origin>(count, Origin::constant));
    auto* const solution = place(std::vector<double>(static_cast<std::size_t>(count) * of.points));
    auto* const status = place(std::vector<std::int32_t>(count, -1));
    Results<double> results;
    results.origin = origin;
    results.status = status;
    results.solution = {solution, solver.unknowns(), 1};
    solver.solve(tasks(of), {1e-10, 100}, results, {.meta_solver = predicts});
    EXPECT_EQ(fetch(status, count), test::all_status(Status::converged, count));
    EXPECT_EQ(fetch(origin, count), std::vector<Origin>(count, Origin::chosen));
    auto const u = fetch(solution, static_cast<std::size_t>(count) * of.points);
    for (std::int64_t t = 0; t < count; ++t) {
      EXPECT_TRUE(of.error(t, &u[static_cast<std::size_t>(t) * of.points]) <= 1e-8) << t;
    }
    return u;
  };
  auto const one = network(grids::Smoother::jacobi, false), many = network(grids::Smoother::line_and_stencil, true);
  auto const jacobi = options_of(Solver::Smoother::jacobi, false);
  auto const lines = options_of(Solver::Smoother::line_and_stencil, true);
  EXPECT_NE(solve_by(one, jacobi, true), solve_by(one, jacobi, false)) << "the network has chosen nothing";
  EXPECT_NE(solve_by(many, lines, true), solve_by(many, lines, false)) << "the network has chosen nothing";
}

TEST_P(GridMetaSolverOn, RefusesModelsOfOtherCycles) {
  metasolve::Setup setup;
  setup.capacity = count;
  setup.meta_solver = test::meta_solver(network(grids::Smoother::line_and_stencil, true));
  auto const make = [&](Solver::Options const& options) {
    Solver const solver(executor(), test::grid_of({7, 7, 1}), options, setup);
  };
  make(options_of(Solver::Smoother::line_and_stencil, true));
  test::expect_message<InputError>([&] { make(options_of(Solver::Smoother::stencil, true)); }, {"parameters"});
  auto twice = options_of(Solver::Smoother::line_and_stencil, true);
  twice.before = twice.after = 2;
  test::expect_message<InputError>([&] { make(twice); }, {"grid_cycle"});
}

}  // namespace
}  // namespace metasolve::grid_meta_solver_test
