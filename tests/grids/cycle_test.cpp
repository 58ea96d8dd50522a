// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/grids/cycle.hpp"

#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"
#include "tests/support/sanitized.hpp"

/// A cycle as a matrix M: symmetric and positive definite where conjugate gradients need that, its transpose by running
/// backwards, and the inverse itself where the coarse solve leaves nothing.
namespace metasolve::test::cycle_test {
namespace {

GridMatrix field_on(GridShape const& shape) { return assemble(shape, random_cell(shape.dimensions, 9), rough(1)); }
GridMatrix constant_on(GridShape const& shape) { return constant_matrix(shape, random_cell(shape.dimensions, 9)); }

struct Way {
  CycleKind kind;
  int before, after;
  bool coarse_weights;
};

/// use(settings) for each smoother, transfer and way.
template <class Use>
void for_each_cycle(int dimensions, bool is_constant, std::initializer_list<Way> ways, Use const& use) {
  for (auto const smoother : all_smoothers) {
    if (!exists(smoother, dimensions)) continue;
    for (auto const transfer : {TransferKind::linear, TransferKind::by_operator}) {
      if (transfer == TransferKind::by_operator && (is_constant || dimensions == 3)) continue;
      for (auto const& w : ways) {
        CycleSettings const s{.smoother = smoother,
                              .kind = w.kind,
                              .transfer = transfer,
                              .before = w.before,
                              .after = w.after,
                              .coarse_weights = w.coarse_weights};
        SCOPED_TRACE(text_of(s));
        use(s);
      }
    }
  }
}

template <int Dim, bool IsConstant>
void expect_definite(GridMatrix const& m) {
  for_each_cycle(Dim, IsConstant, {{CycleKind::v, 1, 1, false}, {CycleKind::w, 1, 1, true}, {CycleKind::v, 2, 2, true}},
                 [&](CycleSettings const& s) {
                   GridRig<double, Dim, IsConstant> rig(m, s);
                   rig.disturb(0.03);
                   EXPECT_TRUE(rig.solver.operators.shape.is_symmetric());
                   LoadedGrid grid(rig);
                   ASSERT_TRUE(grid.usable);
                   auto const M = grid.cycle();
                   EXPECT_TRUE(difference(M, transpose(M)) <= 1e-13);
                   EXPECT_TRUE(is_positive_definite(M));
                 });
}
template <int Dim, bool IsConstant>
void expect_transpose(GridMatrix const& m, Coarsening const& coarsening = {}) {
  for_each_cycle(Dim, IsConstant,
                 {{CycleKind::v, 2, 1, true},
                  {CycleKind::w, 1, 0, false},
                  {CycleKind::f, 1, 1, true},
                  {CycleKind::f, 0, 2, false}},
                 [&](CycleSettings const& s) {
                   if (s.transfer == TransferKind::by_operator && !coarsening.axes[1]) return;
                   GridRig<double, Dim, IsConstant> rig(m, s, coarsening);
                   rig.disturb(0.03);
                   EXPECT_FALSE(rig.solver.operators.shape.is_symmetric());
                   LoadedGrid grid(rig);
                   auto const M = grid.cycle();
                   EXPECT_TRUE(difference(grid.cycle(true), transpose(M)) <= 1e-13);
                   if (grid.h().levels > 3 && s.smoother == Smoother::jacobi) {  // F(1, 1) is W(1, 1) on three
                     EXPECT_TRUE(difference(M, transpose(M)) >= 1e-9);
                   }
                 });
}

TEST(Cycle, IsSymmetricAndDefinite) {
  expect_definite<2, false>(field_on(grid_of({7, 7}, "dd")));
  expect_definite<2, false>(field_on(grid_of({16, 4}, "ph")));
  expect_definite<2, true>(constant_on(grid_of({7, 8}, "dp")));
  expect_definite<3, false>(field_on(grid_of({4, 3, 4}, "ldp")));
  expect_definite<3, true>(constant_on(grid_of({4, 3, 4}, "pdp")));
}

TEST(Cycle, BackwardsIsTheTranspose) {
  Coarsening const along_x{.axes = {true, false, false}};  // many levels of few points
  expect_transpose<2, false>(field_on(grid_of({15, 7}, "dd")));
  if (test::is_sanitized) return;
  expect_transpose<2, false>(field_on(grid_of({32, 3}, "hd")), along_x);
  expect_transpose<2, true>(constant_on(grid_of({31, 4}, "dp")), along_x);
  expect_transpose<3, false>(field_on(grid_of({8, 4, 3}, "lpd")));
  expect_transpose<3, true>(constant_on(grid_of({31, 2, 2}, "dpd")), along_x);
}

/// A level that is the coarsest one at once: M is the inverse.
TEST(Cycle, OfOneSmallLevelSolves) {
  for (auto const* sides : {"dd", "pl", "hn"}) {
    auto const m = field_on(grid_of({5, 6}, sides));
    GridRig<double, 2, false> const rig(m, {}, {.to_one_level = true});
    auto solves = LoadedGrid(rig);
    EXPECT_TRUE(solves.usable);
    auto const AM = m.dense() * solves.cycle();
    DenseMatrix identity(30, 30);
    for (int i = 0; i < 30; ++i) identity(i, i) = 1;
    EXPECT_TRUE(difference(AM, identity) <= 1e-13) << sides;
  }
}

/// Two levels, by their definition: I - M A = (I - B' A) (I - P (P'AP)^-1 P' A) (I - B A), B = w D^-1.
TEST(Cycle, OfTwoLevelsIsTheProductOfItsParts) {
  for (auto const kind : {TransferKind::linear, TransferKind::by_operator}) {
    auto const m = field_on(grid_of({7, 6}, "dl"));
    GridRig<double, 2, false> const rig(m, {.transfer = kind});
    LoadedGrid grid(rig);
    ASSERT_EQ(grid.h().levels, 2);
    int const n = 42, coarse = grid.h().level[1].points();
    auto const A = m.dense(), P = grid.prolongation(0), A_c = transpose(P) * A * P, to_coarse = transpose(P) * A;
    DenseMatrix smooth(n, n), project(n, n);
    for (int j = 0; j < n; ++j) {
      std::vector<double> column;
      for (int i = 0; i < coarse; ++i) column.push_back(to_coarse(i, j));
      DenseMatrix e(coarse, 1);
      e.a = solve_dense(A_c, column);
      auto const P_e = P * e;
      for (int i = 0; i < n; ++i) {
        project(i, j) = (i == j ? 1 : 0) - P_e(i, 0);
        smooth(i, j) = (i == j ? 1 : 0) - rig.theta[0] / A(i, i) * A(i, j);
      }
    }
    auto left = grid.cycle() * A;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) left(i, j) = (i == j ? 1 : 0) - left(i, j);
    }
    EXPECT_TRUE(difference(left, smooth * project * smooth) <= 1e-13);
  }
}

/// A level whose operator is not positive definite is found, and reported as a breakdown.
TEST(Cycle, OfAnIndefiniteOperatorIsRefused) {
  auto m = field_on(grid_of({7, 7}, "dd"));
  for (int p = 0; p < 49; ++p) m.entry(0, p) *= 0.1;
  GridRig<double, 2, false> const rig(m, {});
  EXPECT_FALSE(LoadedGrid(rig).usable);
  EXPECT_EQ(rig.run({}).status[0], Status::breakdown);
}

}  // namespace
}  // namespace metasolve::test::cycle_test
