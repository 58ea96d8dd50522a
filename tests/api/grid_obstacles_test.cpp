// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/grid_solver.hpp"
#include "tests/support/grid_calls.hpp"

/// Domains of few points, whose coarse operators are singular, and right-hand sides whose squares are no numbers.
namespace metasolve::grid_obstacles_test {
namespace {

using test::grid_of;
using test::GridTasks;
using Solver = GridSolver<double>;
using Smoother = Solver::Smoother;

class GridObstaclesOn : public test::GridCalls {
 protected:
  /// u is the same multiple, to the bit where that is a power of two.
  template <class Real>
  void expect_scales(GridSolver<Real>& solver, GridTasks<Real> of, Real factor, Real tolerance) {
    auto const plain = solve(solver, tasks(of), {tolerance, 100});
    for (auto& f : of.rhs) f *= factor;
    auto const scaled = solve(solver, tasks(of), {tolerance, 100});
    EXPECT_EQ(scaled.status, test::all_status(Status::converged, of.count)) << factor;
    EXPECT_EQ(scaled.iterations, plain.iterations) << factor;
    for (std::size_t i = 0; i < plain.solution.size(); ++i) {
      ASSERT_EQ(scaled.solution[i], plain.solution[i] * factor) << factor;
    }
  }
};

/// The points where `is_free` holds; obstacles are all others.
template <class IsFree>
std::vector<std::uint8_t> all_but(int n, IsFree const& is_free) {
  std::vector<std::uint8_t> obstacle;
  for (int y = 0; y < n; ++y) {
    for (int x = 0; x < n; ++x) obstacle.push_back(is_free(x, y) ? 0 : 1);
  }
  return obstacle;
}

/// Linear transfer gives coarse points that touch the same few fine ones: P'A P is singular.
TEST_P(GridObstaclesOn, LeaveFewPoints) {
  std::mt19937 random(3);
  for (int const n : {15, 31}) {
    std::vector<std::vector<std::uint8_t>> const domains{
        all_but(n, [](int x, int y) { return x == 4 && y == 4; }),
        all_but(n, [=](int x, int y) { return (x - n / 2) * (x - n / 2) + (y - n / 2) * (y - n / 2) <= 1; }),
        all_but(n, [](int x, int y) { return x == y; }), all_but(n, [](int, int y) { return y == 5; }),
        all_but(n, [&](int, int) { return random() % 10 < 4; })};
    for (auto const& obstacle : domains) {
      GridTasks<double> const of(grid_of({n, n, 1}), false, 2, GridScheme::volumes, false, obstacle);
      for (auto const smoother : {Smoother::colors, Smoother::zebra, Smoother::line_and_stencil}) {
        for (auto const transfer : {Solver::Transfer::linear, Solver::Transfer::by_operator}) {
          SCOPED_TRACE(std::to_string(n) + " points, domain " + std::to_string(&obstacle - domains.data()) +
                       ", smoother " + std::to_string(static_cast<int>(smoother)));
          Solver solver(executor(), of.grid, {.smoother = smoother, .transfer = transfer}, {2});
          expect_solved(solver, of, 1e-10, 1e-7, 300);
        }
      }
    }
  }
}
TEST_P(GridObstaclesOn, LeaveFewPointsInSpace) {
  std::vector<std::uint8_t> obstacle(7 * 7 * 7, 1);
  for (int const p : {0, 57, 58, 171, 172, 173, 340}) obstacle[static_cast<std::size_t>(p)] = 0;
  GridTasks<double> const of(grid_of({7, 7, 7}), false, 1, GridScheme::volumes, false, obstacle);
  for (auto const smoother : {Smoother::colors, Smoother::zebra}) {
    Solver solver(executor(), of.grid, {.smoother = smoother}, {1});
    expect_solved(solver, of, 1e-10, 1e-7, 100);
  }
}

TEST_P(GridObstaclesOn, SmallAndLargeRightHandSidesAreSolvedAlike) {
  auto const grid = grid_of({15, 15, 1});
  Solver in_double(executor(), grid, {}, {2});
  for (int const e : {-900, -530, 520, 900}) {
    expect_scales(in_double, GridTasks<double>(grid, false, 2), std::ldexp(1.0, e), 1e-8);
  }
  GridSolver<float> in_single(executor(), grid, {}, {2});
  for (int const e : {-100, -70, 66, 100}) {
    expect_scales(in_single, GridTasks<float>(grid, false, 2), std::ldexp(1.0F, e), 1e-4F);
  }
}

METASOLVE_ON_EXECUTORS(GridObstaclesOn);

}  // namespace
}  // namespace metasolve::grid_obstacles_test
