// SPDX-License-Identifier: Apache-2.0
#include "metasolve/grid_solver.hpp"

#include <gtest/gtest.h>

#include "tests/support/grid_calls.hpp"

/// The public solver of systems on grids, on each executor: each option's solutions against a dense solve.
namespace metasolve::grid_solver_test {
namespace {

using test::grid_of;
using test::GridTasks;
using Solver = GridSolver<double>;
using Smoother = Solver::Smoother;
constexpr auto D = GridSide::dirichlet, N = GridSide::neumann, P = GridSide::periodic;

class GridSolverOn : public test::GridCalls {};

TEST_P(GridSolverOn, SolvesWithEachSmootherInTwoDimensions) {
  auto const grid = grid_of({15, 15, 1});
  for (bool const is_constant : {true, false}) {
    GridTasks<double> const of(grid, is_constant, 2);
    for (auto const smoother :
         {Smoother::jacobi, Smoother::chebyshev, Smoother::colors, Smoother::zebra_x, Smoother::zebra_y,
          Smoother::zebra, Smoother::stencil, Smoother::two_stencils, Smoother::line_and_stencil}) {
      for (bool const weights : {false, true}) {
        SCOPED_TRACE("smoother " + std::to_string(static_cast<int>(smoother)));
        Solver by_cg(executor(), grid,
                     {.constant_stencils = is_constant, .smoother = smoother, .coarse_weights = weights}, {2});
        EXPECT_EQ(by_cg.unknowns(), 225);
        EXPECT_EQ(by_cg.levels(), 3);
        EXPECT_EQ(by_cg.numbers(), is_constant ? 5 : 5 * 225);
        EXPECT_EQ(by_cg.default_parameters().size(), by_cg.parameter_names().size());
        EXPECT_EQ(by_cg.parameters(), static_cast<int>(by_cg.parameter_names().size()));
        expect_solved(by_cg, of, 1e-11, 1e-8, 100);
      }
      Solver alone(executor(), grid,
                   {.constant_stencils = is_constant, .method = Solver::Method::iteration, .smoother = smoother}, {2});
      expect_solved(alone, of, 1e-10, 1e-7, 2000);
    }
  }
}

TEST_P(GridSolverOn, SolvesWithEachSmootherInThreeDimensions) {
  auto const grid = grid_of({7, 7, 7});
  for (bool const is_constant : {true, false}) {
    for (auto const scheme : {GridScheme::volumes, GridScheme::elements}) {
      GridTasks<double> const of(grid, is_constant, 1, scheme);
      for (auto const smoother : {Smoother::jacobi, Smoother::chebyshev, Smoother::colors, Smoother::zebra_z,
                                  Smoother::zebra, Smoother::stencil, Smoother::two_stencils}) {
        SCOPED_TRACE("smoother " + std::to_string(static_cast<int>(smoother)));
        Solver solver(
            executor(), grid,
            {.constant_stencils = is_constant, .smoother = smoother, .coarse_weights = smoother == Smoother::stencil},
            {1});
        EXPECT_EQ(solver.levels(), 2);
        EXPECT_EQ(solver.numbers(), is_constant ? 14 : 14 * 343);
        expect_solved(solver, of, 1e-11, 1e-8, 100);
      }
    }
  }
}

TEST_P(GridSolverOn, SolvesBetweenAllKindsOfSides) {
  struct Case {
    Grid grid;
    bool is_singular;
  };
  for (auto const& [grid, is_singular] :
       {Case{grid_of({9, 8, 1}, {{{N, N}, {D, N}}}), false}, Case{grid_of({8, 7, 1}, {{{P, P}, {D, D}}}), false},
        Case{grid_of({8, 8, 1}, {{{P, P}, {N, D}}}), false}, Case{grid_of({17, 9, 1}, {{{N, N}, {N, N}}}), true},
        Case{grid_of({16, 16, 1}, {{{P, P}, {P, P}}}), true},
        Case{grid_of({8, 5, 4}, {{{P, P}, {N, N}, {N, D}}}), false},
        Case{grid_of({5, 5, 5}, {{{N, N}, {N, N}, {N, N}}}), true},
        Case{grid_of({8, 4, 4}, {{{P, P}, {P, P}, {P, P}}}), true}}) {
    SCOPED_TRACE(std::to_string(grid.points[0]) + " x " + std::to_string(grid.points[1]) + " x " +
                 std::to_string(grid.points[2]));
    for (auto const scheme : {GridScheme::volumes, GridScheme::elements}) {
      for (bool const singular : {false, true}) {
        if (singular && !is_singular) continue;
        GridTasks<double> const of(grid, false, 2, scheme, singular);
        Solver solver(executor(), grid, {.is_singular = singular}, {2});
        expect_solved(solver, of, 1e-11, 1e-8, 100);
      }
    }
  }
  for (bool const singular : {false, true}) {
    auto const periodic = grid_of({16, 8, 1}, {{{P, P}, {P, P}}});
    GridTasks<double> const of(periodic, true, 2, GridScheme::elements, singular);
    Solver solver(executor(), periodic, {.constant_stencils = true, .is_singular = singular}, {2});
    expect_solved(solver, of, 1e-11, 1e-8, 100);
  }
}

TEST_P(GridSolverOn, LeavesOutObstacles) {
  for (auto const& grid : {grid_of({15, 15, 1}, {{{D, D}, {D, D}}}), grid_of({7, 7, 7})}) {
    std::vector<std::uint8_t> obstacle(static_cast<std::size_t>(grid.unknowns()));
    for (std::size_t p = 0; p < obstacle.size(); ++p) {
      int const x = static_cast<int>(p) % grid.points[0], y = static_cast<int>(p) / grid.points[0] % grid.points[1];
      obstacle[p] = x >= 2 && x <= 4 && y >= 3 && y <= 5;
    }
    GridTasks<double> const of(grid, false, 2, GridScheme::elements, false, obstacle);
    for (auto const smoother : {Smoother::jacobi, Smoother::colors, Smoother::zebra, Smoother::stencil}) {
      for (auto const transfer : {Solver::Transfer::linear, Solver::Transfer::by_operator}) {
        if (transfer == Solver::Transfer::by_operator && grid.dimensions == 3) continue;
        Solver solver(executor(), grid, {.smoother = smoother, .transfer = transfer}, {2});
        expect_solved(solver, of, 1e-11, 1e-8, 100);
        auto const done = solve(solver, tasks(of), {1e-8, 100});
        for (std::size_t p = 0; p < obstacle.size(); ++p) {
          if (obstacle[p] != 0) {
            EXPECT_EQ(done.solution[p], 0.0);
          }
        }
      }
    }
  }
}

TEST_P(GridSolverOn, SolvesByEachCycle) {
  auto const grid = grid_of({31, 15, 1});
  GridTasks<double> const of(grid, false, 2);
  using Cycle = Solver::Cycle;
  for (auto const method : {Solver::Method::conjugate_gradients, Solver::Method::iteration}) {
    for (auto const cycle : {Cycle::v, Cycle::w, Cycle::f}) {
      for (int const before : {0, 1, 2}) {
        for (int const after : {1, 2}) {
          if (method == Solver::Method::conjugate_gradients && (cycle == Cycle::f || before != after)) continue;
          SCOPED_TRACE(std::to_string(static_cast<int>(cycle)) + " " + std::to_string(before) + std::to_string(after));
          Solver solver(executor(), grid, {.method = method, .cycle = cycle, .before = before, .after = after}, {2});
          EXPECT_EQ(solver.levels(), 4);
          expect_solved(solver, of, 1e-10, 1e-7, 200);
        }
      }
    }
  }
}

TEST_P(GridSolverOn, HalvesSomeAxesAlone) {
  auto const grid = grid_of({5, 31, 1});
  GridTasks<double> const of(grid, true, 2);
  EXPECT_THROW(Solver(executor(), grid_of({6, 31, 1}), {.constant_stencils = true}, {2}), InputError);
  Solver semi(executor(), grid, {.constant_stencils = true, .coarsens = {false, true, false}}, {2});
  EXPECT_EQ(semi.levels(), 5);
  expect_solved(semi, of, 1e-11, 1e-8, 200);
}

TEST_P(GridSolverOn, SolvesOnOneLevel) {
  auto const grid = grid_of({6, 9, 1});  // a size that cannot be halved
  for (bool const is_constant : {true, false}) {
    GridTasks<double> const of(grid, is_constant, 2);
    for (auto const smoother : {Smoother::jacobi, Smoother::chebyshev, Smoother::colors, Smoother::zebra,
                                Smoother::stencil, Smoother::line_and_stencil}) {
      SCOPED_TRACE("smoother " + std::to_string(static_cast<int>(smoother)));
      bool const commutes =
          smoother == Smoother::jacobi || smoother == Smoother::chebyshev || smoother == Smoother::stencil;
      Solver by_cg(
          executor(), grid,
          {.constant_stencils = is_constant, .smoother = smoother, .after = commutes ? 0 : 1, .one_level = true}, {2});
      EXPECT_EQ(by_cg.levels(), 1);
      expect_solved(by_cg, of, 1e-11, 1e-8, 300);
      Solver alone(executor(), grid,
                   {.constant_stencils = is_constant,
                    .method = Solver::Method::iteration,
                    .smoother = smoother,
                    .after = 0,
                    .one_level = true},
                   {2});
      expect_solved(alone, of, 1e-10, 1e-7, 20000);
    }
  }
}

TEST_P(GridSolverOn, SolvesInSinglePrecision) {
  for (auto const& grid : {grid_of({15, 15, 1}), grid_of({7, 7, 7})}) {
    for (bool const is_constant : {true, false}) {
      GridTasks<float> const of(grid, is_constant, 2);
      GridSolver<float> solver(executor(), grid, {.constant_stencils = is_constant}, {2});
      expect_solved(solver, of, 1e-5, 1e-3, 100);
    }
  }
}

METASOLVE_ON_EXECUTORS(GridSolverOn);

}  // namespace
}  // namespace metasolve::grid_solver_test
