// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"
#include "tests/support/sanitized.hpp"

/// How many iterations multigrid takes, and that what it returns solves the system.
namespace metasolve::test::grid_convergence_test {
namespace {

double uniform(int, int, int) { return 1; }

/// ||f - A x|| / ||f||, with f's mean off where constants are a null space.
template <class Rig>
double residual_of(Rig const& rig, GridMatrix const& m, std::vector<double> const& x, bool is_singular = false) {
  int const n = m.shape.unknowns();
  std::vector<double> r(rig.rhs.begin(), rig.rhs.begin() + n);
  int inside = 0;
  double mean = 0;
  for (int p = 0; p < n; ++p) {
    if (m.entry(0, p) == 0) {
      r[as_index(p)] = 0;
    } else {
      ++inside, mean += r[as_index(p)];
    }
  }
  double f = 0, sum = 0;
  for (int p = 0; p < n; ++p) {
    if (is_singular && m.entry(0, p) != 0) r[as_index(p)] -= mean / inside;
    f += r[as_index(p)] * r[as_index(p)];
  }
  for (int p = 0; p < n; ++p) {
    for (int e = 0; e < m.half(); ++e) {
      int const q = m.neighbour(p, m.offset(e));
      if (q < 0) continue;
      r[as_index(p)] -= m.entry(e, p) * x[as_index(q)];
      if (e > 0) r[as_index(q)] -= m.entry(e, p) * x[as_index(p)];
    }
  }
  for (double const v : r) sum += v * v;
  return std::sqrt(sum / f);
}

template <int Dim, bool IsConstant>
int iterations_of(GridMatrix const& m, CycleSettings const& s, double tolerance = 1e-8, bool by_cg = true,
                  Coarsening const& coarsening = {}) {
  GridRig<double, Dim, IsConstant> rig(m, s, coarsening);
  rig.solver.by_conjugate_gradients = by_cg;
  auto const o = rig.run({.tolerance = tolerance, .most = 200});
  EXPECT_EQ(o.status[0], Status::converged);
  double const r = residual_of(rig, m, o.solution, s.is_singular);
  EXPECT_TRUE(r <= 1.01 * tolerance) << r;
  EXPECT_NEAR(o.measure[0], r, 0.01 * tolerance);
  return o.iterations[0];
}

struct GridConvergenceInThePlane : ::testing::TestWithParam<Smoother> {};
TEST_P(GridConvergenceInThePlane, IsIndependentOfTheSize) {
  for (auto const& cell : {cross_cell(2), full_cell(2)}) {
    for (int const n : {16, 32, 64, 128}) {
      if (test::is_sanitized && n > 16) continue;
      int const count = iterations_of<2, true>(constant_matrix(grid_of(n, "dd"), cell), {.smoother = GetParam()});
      EXPECT_LE(count, 13) << n;
    }
    EXPECT_LE((iterations_of<2, false>(assemble(grid_of(32, "hd"), cell, uniform), {.smoother = GetParam()})), 13);
  }
}
INSTANTIATE_TEST_SUITE_P(Smoothers, GridConvergenceInThePlane, ::testing::ValuesIn(smoothers_of(2)), name_of_parameter);

struct GridConvergenceInSpace : ::testing::TestWithParam<Smoother> {};
TEST_P(GridConvergenceInSpace, IsIndependentOfTheSize) {
  for (auto const& cell : {cross_cell(3), full_cell(3)}) {
    for (int const n : {8, 16, 32}) {
      if (test::is_sanitized && n > 8) continue;
      int const count = iterations_of<3, true>(constant_matrix(grid_of(n, "ddd"), cell), {.smoother = GetParam()});
      EXPECT_LE(count, 14) << n;
    }
    EXPECT_LE((iterations_of<3, false>(assemble(grid_of(8, "hdp"), cell, uniform), {.smoother = GetParam()})), 13);
  }
}
INSTANTIATE_TEST_SUITE_P(Smoothers, GridConvergenceInSpace, ::testing::ValuesIn(smoothers_of(3)), name_of_parameter);

TEST(GridConvergenceOfCycles, ByThemselves) {
  auto const m = constant_matrix(grid_of(64, "dd"), cross_cell(2));
  for (auto const kind : {CycleKind::v, CycleKind::w, CycleKind::f}) {
    EXPECT_LE((iterations_of<2, true>(m, {.smoother = Smoother::colors, .kind = kind}, 1e-8, false)), 14);
    EXPECT_LE((iterations_of<2, true>(m, {.smoother = Smoother::zebra, .kind = kind, .after = 0}, 1e-8, false)), 14);
  }
}

TEST(GridConvergenceOfSingularTasks, WhatIsInTheRangeIsSolved) {
  CycleSettings const s{.smoother = Smoother::colors, .is_singular = true};
  for (auto const* sides : {"nn", "pp", "np"}) {
    SCOPED_TRACE(sides);
    for (auto const& cell : {cross_cell(2), full_cell(2)}) {
      EXPECT_LE((iterations_of<2, false>(assemble(grid_of(32, sides), cell, uniform), s)), 13);
      EXPECT_LE((iterations_of<2, false>(assemble(grid_of(32, sides), cell, rough(1)), s)), 30);
    }
  }
  for (auto const* sides : {"nnn", "ppp", "pnp"}) {
    SCOPED_TRACE(sides);
    EXPECT_LE((iterations_of<3, false>(assemble(grid_of(8, sides), full_cell(3), uniform), s)), 13);
  }
  EXPECT_LE((iterations_of<2, true>(constant_matrix(grid_of(64, "pp"), full_cell(2)), s)), 13);
  EXPECT_LE((iterations_of<3, true>(constant_matrix(grid_of(16, "ppp"), full_cell(3)), s)), 13);
}

TEST(GridConvergenceAroundObstacles, Converges) {
  auto const outside = [](int p) {
    int const x = p % 63, y = p / 63;
    return (x > 20 && x < 34 && y > 10 && y < 31) || (x == 50 && y > 40);
  };
  for (auto const kind : {TransferKind::linear, TransferKind::by_operator}) {
    for (auto const smoother : {Smoother::colors, Smoother::zebra, Smoother::stencil, Smoother::line_and_stencil}) {
      SCOPED_TRACE(io::name_of(smoother));
      auto m = assemble(grid_of(64, "dd"), full_cell(2), uniform);
      m.mask(outside);
      EXPECT_LE((iterations_of<2, false>(m, {.smoother = smoother, .transfer = kind})), 25);
    }
  }
  // Cells without conductivity: walls that nothing flows through, and all sides Neumann.
  auto const walls = [](int x, int y, int) { return x > 20 && x < 34 && y > 10 && y < 31 ? 0.0 : 1.0; };
  EXPECT_LE((iterations_of<2, false>(assemble(grid_of(64, "nn"), full_cell(2), walls),
                                     {.smoother = Smoother::colors, .is_singular = true})),
            25);
}

TEST(GridConvergenceOfJumps, TransferByTheOperatorHelps) {
  auto const blocks = [](int x, int y, int) { return (x / 9 + y / 7) % 2 == 0 ? 1.0 : 1e-4; };
  auto const m = assemble(grid_of(64, "dd"), full_cell(2), blocks);
  int const linear = iterations_of<2, false>(m, {.smoother = Smoother::colors});
  int const by_operator =
      iterations_of<2, false>(m, {.smoother = Smoother::colors, .transfer = TransferKind::by_operator});
  EXPECT_LE(by_operator, 11);
  EXPECT_GE(linear, 14);
}

TEST(GridConvergenceOfAnisotropy, LinesOrSemiCoarseningHelp) {
  auto const m = constant_matrix(grid_of(32, "dd"), cross_cell(2, {1000, 1}));
  int const points = iterations_of<2, true>(m, {.smoother = Smoother::colors});
  EXPECT_GE(points, 25);
  EXPECT_LE((iterations_of<2, true>(m, {.smoother = Smoother::zebra_x})), 8);
  EXPECT_LE((iterations_of<2, true>(m, {.smoother = Smoother::colors}, 1e-8, true, {.axes = {true, false, false}})),
            12);
}

TEST(GridConvergenceOfOneLevel, SmoothersAlone) {
  auto const m = constant_matrix(grid_of({20, 13}, "dd"), cross_cell(2));
  for (auto const smoother : {Smoother::jacobi, Smoother::chebyshev, Smoother::colors}) {
    EXPECT_LE((iterations_of<2, true>(m, {.smoother = smoother, .one_level = true})), 60);
  }
}

}  // namespace
}  // namespace metasolve::test::grid_convergence_test
