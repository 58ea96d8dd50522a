// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/solvers/pressure_cg.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/support/pressure_systems.hpp"
#include "tests/support/run_lockstep.hpp"
#include "tests/support/thread_team.hpp"

/// Conjugate gradients of pressure systems: solutions, counts and adjoints.
namespace metasolve::test::pressure_cg_test {
namespace {

using kernels::DiagonalGrid;
using kernels::PressureGradient;
using kernels::PressureMeasure;
using kernels::PressurePreconditioner;
using Solver = kernels::PressureCg<double>;
using Values = std::vector<double>;

constexpr PressurePreconditioner all_preconditioners[] = {
    PressurePreconditioner::none, PressurePreconditioner::modified_cholesky, PressurePreconditioner::multigrid};

TEST(DiagonalGrid, HasAPlaceForEachCellAndZerosBesideThem) {
  for (int columns = 1; columns < 22; ++columns) {
    for (int rows = 1; rows < 22; ++rows) {
      DiagonalGrid const g{columns, rows};
      std::set<int> cells;
      for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
          int const i = g.at(x, y);
          ASSERT_TRUE(i >= 0 && i < g.size());
          ASSERT_TRUE(cells.insert(i).second);
        }
      }
      for (int d = 0; d < g.diagonals(); ++d) {
        auto const row = g.diagonal(d);
        for (int k = 0; k < row.length; ++k) {
          int const x = g.first_x(d) + k, y = d - x, i = row.begin + k;
          ASSERT_EQ(g.at(x, y), i);
          auto const expect_beside = [&](int at, int to_x, int to_y) {
            bool const exists = to_x >= 0 && to_x < columns && to_y >= 0 && to_y < rows;
            if (exists) {
              ASSERT_EQ(at, g.at(to_x, to_y));
            } else {
              ASSERT_TRUE(at >= 0 && at < g.size() && !cells.contains(at));
            }
          };
          expect_beside(i + row.east, x + 1, y);
          expect_beside(i + row.north, x, y + 1);
          expect_beside(i + row.west, x - 1, y);
          expect_beside(i + row.south, x, y - 1);
        }
      }
    }
  }
}

RunSettings<double> until(double tolerance, int most) {
  RunSettings<double> s;
  s.tolerance = {tolerance};
  s.max_iterations = {most};
  return s;
}

TEST(PressureCg, SolvesBoxesWithObstaclesTwoFluidsAndOpenSides) {
  for (bool const open : {false, true}) {
    for (auto const with : all_preconditioners) {
      PressureSystems const systems(23, 17, 5, open);
      auto solver = systems.solver(with);
      solver.measure_kind = PressureMeasure::relative_residual;
      Values const guess(static_cast<std::size_t>(5 * solver.parameter_size()), 0.5);
      auto const r = run_lockstep<double>(solver, guess, 5, until(1e-10, 2000), Way::solve);
      for (int t = 0; t < 5; ++t) {
        ASSERT_EQ(r.status[static_cast<std::size_t>(t)], static_cast<int>(Status::converged));
        EXPECT_LT(systems.relative_residual(t, r.solution.data() + t * solver.state_size()), 1.1e-10);
      }
    }
  }
}

/// Modified fill pays: as in the literature, about half of the iterations of plain incomplete factors.
TEST(PressureCg, CountsFallFromPlainToIncompleteToModifiedToMultigrid) {
  PressureSystems const systems(64, 64, 3, false);
  auto solver = systems.solver(PressurePreconditioner::none);
  Values const zeros(static_cast<std::size_t>(3 * solver.parameter_size()), 0.0);
  auto const mean = [&] {
    auto const r = run_lockstep<double>(solver, zeros, 3, until(1e-6, 5000), Way::solve);
    return (r.iterations[0] + r.iterations[1] + r.iterations[2]) / 3.0;
  };
  solver.measure_kind = PressureMeasure::relative_residual;
  double const plain = mean();
  solver.set(solver.grid(), PressurePreconditioner::modified_cholesky);
  solver.fill_share = 0;
  double const incomplete = mean();
  solver.fill_share = 0.97;
  double const modified = mean();
  solver.set(solver.grid(), PressurePreconditioner::multigrid);
  double const multigrid = mean();
  EXPECT_LT(incomplete, 0.5 * plain);
  EXPECT_LT(modified, 0.75 * incomplete);
  EXPECT_LT(multigrid, 0.25 * modified);
}

TEST(PressureCg, AGuessThatSolvesTakesNoIterationAndNegativeWeightsBreakDown) {
  PressureSystems systems(12, 9, 2, false);
  auto solver = systems.solver(PressurePreconditioner::modified_cholesky);
  Values theta(static_cast<std::size_t>(2 * solver.parameter_size()), 0.0);
  auto const first = run_lockstep<double>(solver, theta, 2, until(1e-12, 1000), Way::solve);
  auto const n = static_cast<std::size_t>(solver.solution_size());
  std::copy_n(first.solution.begin(), n, theta.begin());
  systems.weights_x[static_cast<std::size_t>(systems.columns - 1) * 9 + 3] = -1;  // of the second task
  auto const r = run_lockstep<double>(systems.solver_like(solver), theta, 2, until(1e-9, 1000), Way::solve);
  EXPECT_EQ(r.iterations[0], 0);
  EXPECT_EQ(r.status[1], static_cast<int>(Status::breakdown));
}

TEST(PressureCg, ATeamOfThreadsFindsTheSame) {
  PressureSystems const systems(9, 12, 2, false);
  for (auto const with : {PressurePreconditioner::modified_cholesky, PressurePreconditioner::multigrid}) {
    auto solver = systems.solver(with);
    solver.measure_kind = PressureMeasure::relative_residual;
    Values const theta(static_cast<std::size_t>(2 * solver.parameter_size()), 0.0);
    auto const alone = run_lockstep<double>(solver, theta, 2, until(1e-8, 1000), Way::solve);
    auto const team = run_by_threads(solver, theta, 2, until(1e-8, 1000), 3);
    for (int t = 0; t < 2; ++t) {
      EXPECT_NEAR(team.iterations[static_cast<std::size_t>(t)], alone.iterations[static_cast<std::size_t>(t)], 1);
      EXPECT_LT(systems.relative_residual(t, team.solution.data() + t * solver.state_size()), 1.1e-8);
    }
  }
}

struct AdjointCase {
  PressureMeasure measure;
  PressurePreconditioner with;
  bool open;
  int iterations;
};
class PressureAdjoint : public ::testing::TestWithParam<AdjointCase> {};

std::vector<AdjointCase> adjoint_cases() {
  std::vector<AdjointCase> all;
  for (auto const measure : {PressureMeasure::largest_residual, PressureMeasure::residual,
                             PressureMeasure::relative_residual, PressureMeasure::error}) {
    for (auto const with : all_preconditioners) {
      for (bool const open : {false, true}) {
        for (int const iterations : {0, 1, 4}) all.push_back({measure, with, open, iterations});
      }
    }
  }
  return all;
}
INSTANTIATE_TEST_SUITE_P(Cases, PressureAdjoint, ::testing::ValuesIn(adjoint_cases()));

/// The loss is L_m, or the surrogate of the count, whose slope goes through every iteration.
TEST_P(PressureAdjoint, IsTheDifference) {
  auto const& c = GetParam();
  PressureSystems const systems(11, 14, 2, c.open);
  auto solver = systems.solver(c.with);
  solver.measure_kind = c.measure;
  solver.gradient = PressureGradient::exact;
  auto const n = static_cast<std::size_t>(2 * solver.parameter_size());
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  Values theta(n), direction(n);
  for (double& x : theta) x = normal(random);
  for (double& x : direction) x = normal(random);
  for (auto const kind : {kernels::LossKind::measure, kernels::LossKind::surrogate}) {
    auto s = until(1e-30, c.iterations);
    s.surrogate.kind = kind;
    s.surrogate.scale = kernels::LossScale::logarithm;
    if (kind == kernels::LossKind::surrogate) s.tolerance = {0.5};
    s.surrogate.center = 1e-3;
    auto const gradient = run_lockstep<double>(solver, theta, 2, s, Way::adjoint).theta_bar;
    double expected = 0, scale = 0;
    for (std::size_t i = 0; i < n; ++i) expected += direction[i] * gradient[i], scale += std::abs(gradient[i]);
    auto const value = [&](double h) {
      auto at = theta;
      for (std::size_t i = 0; i < n; ++i) at[i] += h * direction[i];
      auto const loss = run_lockstep<double>(solver, at, 2, s, Way::adjoint).loss;
      return loss[0] + loss[1];
    };
    constexpr double h = 1e-6;
    EXPECT_NEAR((value(h) - value(-h)) / (2 * h), expected, 1e-5 * scale + 1e-9);
  }
}

TEST(PressureCg, ATeamOfThreadsFindsTheSameGradient) {
  PressureSystems const systems(11, 14, 2, false);
  for (auto const with : {PressurePreconditioner::modified_cholesky, PressurePreconditioner::multigrid}) {
    for (auto const gradient : {PressureGradient::exact, PressureGradient::frozen}) {
      auto solver = systems.solver(with);
      solver.gradient = gradient;
      Values const theta(static_cast<std::size_t>(2 * solver.parameter_size()), 0.25);
      auto s = until(1e-30, 5);
      s.surrogate.kind = kernels::LossKind::measure;
      auto const alone = run_lockstep<double>(solver, theta, 2, s, Way::adjoint).theta_bar;
      auto const team = run_by_threads(solver, theta, 2, s, 3, true).theta_bar;
      double scale = 0;
      for (double const x : alone) scale = std::max(scale, std::abs(x));
      ASSERT_GT(scale, 0);
      for (std::size_t i = 0; i < alone.size(); ++i) EXPECT_NEAR(team[i], alone[i], 1e-9 * scale);
    }
  }
}

/// The energy norm of the error is minimal in the step lengths, so its derivative is the same with these held fixed:
/// grad of e_k'A e_k / 2 = -P_k(A)' r_k, by the frozen adjoint from x_bar = -r_k.
TEST(PressureGradients, FrozenIsExactForTheEnergyNorm) {
  for (auto const with : all_preconditioners) {
    PressureSystems const systems(11, 14, 1, true);
    auto solver = systems.solver(with);
    std::mt19937 random(5);
    std::normal_distribution<double> normal;
    Values theta(static_cast<std::size_t>(solver.parameter_size())), direction = theta;
    for (double& x : theta) x = normal(random);
    for (double& x : direction) x = normal(random);
    constexpr int iterations = 5;
    double of_kind[2];
    for (auto const gradient : {PressureGradient::frozen, PressureGradient::exact}) {
      solver.gradient = gradient;
      auto const bar = energy_gradient(solver, theta, iterations);
      double sum = 0;
      for (std::size_t i = 0; i < bar.size(); ++i) sum += bar[i] * direction[i];
      of_kind[gradient == PressureGradient::exact ? 1 : 0] = sum;
    }
    EXPECT_NEAR(of_kind[0], of_kind[1], 1e-9 * std::abs(of_kind[1]));
    EXPECT_NE(of_kind[1], 0);
  }
}

}  // namespace
}  // namespace metasolve::test::pressure_cg_test
