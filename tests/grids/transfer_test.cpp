// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"

/// Transfers between levels, and the Galerkin operators that they give, compared with dense products.
namespace metasolve::test::transfer_test {
namespace {

char const* const planes[] = {"dd", "nn", "pp", "dn", "nd", "pd", "np", "lh", "hp", "ln", "dl"};
char const* const spaces[] = {"ddd", "nnn", "ppp", "dnp", "pdn", "lhp"};
Coarsening const whole{}, along_x{.axes = {true, false, false}}, along_y{.axes = {false, true, false}},
    across_x{.axes = {false, true, true}}, along_z{.axes = {false, false, true}};

template <int Dim, bool IsConstant>
struct Transfers {
  GridMatrix matrix;
  GridRig<double, Dim, IsConstant> rig;
  LoadedGrid<double, Dim, IsConstant> grid;
  explicit Transfers(GridMatrix const& m, Coarsening const& coarsening = {}, TransferKind kind = TransferKind::linear)
      : matrix(m), rig(m, {.transfer = kind}, coarsening), grid(rig) {}

  [[nodiscard]] int levels() const { return grid.h().levels; }
  void expect_restriction_is_transpose(double const* mixed) {
    for (int l = 0; l + 1 < levels(); ++l) {
      EXPECT_EQ(grid.restriction(l, mixed).a, transpose(grid.prolongation(l, mixed)).a) << "level " << l;
    }
  }
  void expect_galerkin() {
    ASSERT_GE(levels(), 2);
    for (int l = 0; l + 1 < levels(); ++l) {
      auto const P = grid.prolongation(l);
      // Of the coarsest level, couplings of a periodic axis of two points fall on one another.
      EXPECT_TRUE(difference(grid.level_matrix(l + 1), transpose(P) * grid.level_matrix(l) * P) <= 1e-14)
          << "level " << l << " of " << levels();
    }
  }
  /// P u for a coarse function of the fine grid's coordinates.
  [[nodiscard]] std::vector<double> interpolated(std::function<double(int, int, int)> const& u) {
    auto const &fine = grid.h().level[0], &coarse = grid.h().level[1];
    DenseMatrix values(coarse.points(), 1);
    for (int p = 0; p < coarse.points(); ++p) {
      int const at[3] = {p % coarse.n[0], p / coarse.n[0] % coarse.n[1], p / (coarse.n[0] * coarse.n[1])};
      values(p, 0) = u(fine.offset[0] + fine.step[0] * at[0], fine.offset[1] + fine.step[1] * at[1],
                       fine.offset[2] + fine.step[2] * at[2]);
    }
    return (grid.prolongation(0) * values).a;
  }
  void expect_reproduced(std::function<double(int, int, int)> const& u, double limit) {
    auto const P_u = interpolated(u);
    auto const &fine = grid.h().level[0], &coarse = grid.h().level[1];
    for (int p = 0; p < fine.points(); ++p) {
      int const at[3] = {p % fine.n[0], p / fine.n[0] % fine.n[1], p / (fine.n[0] * fine.n[1])};
      bool between = true;  // coarse points; beyond them lies 0, or the other end
      for (int a = 0; a < 3; ++a) {
        between = between && at[a] >= fine.offset[a] && at[a] <= fine.offset[a] + fine.step[a] * (coarse.n[a] - 1);
      }
      if (between) {
        EXPECT_NEAR(P_u[as_index(p)], u(at[0], at[1], at[2]), limit) << p;
      }
    }
  }
};

/// Small, but of several levels.
GridShape in_space(std::string const& sides) { return sides == "ddd" ? grid_of({7, 7, 3}, sides) : grid_of(4, sides); }

template <int Dim>
Transfers<Dim, false> field(GridShape const& shape, Coarsening const& coarsening,
                            TransferKind kind = TransferKind::linear) {
  return Transfers<Dim, false>(assemble(shape, random_cell(Dim, 5), rough(3)), coarsening, kind);
}

TEST(Transfer, ReproducesLinearFunctions) {
  auto const linear = [](int x, int y, int z) { return 3.0 + 2 * x - y + 0.5 * z; };
  for (auto const* sides : planes) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, along_x, along_y}) field<2>(grid_of(8, sides), c).expect_reproduced(linear, 1e-13);
  }
  for (auto const* sides : spaces) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, across_x}) field<3>(in_space(sides), c).expect_reproduced(linear, 1e-13);
  }
}

TEST(Transfer, ByTheOperatorReproducesConstants) {
  auto const one = [](int, int, int) { return 1.0; };
  for (auto const* sides : planes) {
    SCOPED_TRACE(sides);
    field<2>(grid_of(8, sides), whole, TransferKind::by_operator).expect_reproduced(one, 1e-13);
  }
  Transfers<2, false> periodic(assemble(grid_of(8, "pp"), random_cell(2, 1), rough(3)), {}, TransferKind::by_operator);
  for (double const v : periodic.interpolated(one)) EXPECT_NEAR(v, 1, 1e-13);
}

/// In one dimension of a jump: the flux is continuous, and the value between two points leans to the better conductor.
TEST(Transfer, ByTheOperatorFollowsAJump) {
  auto const jump = [](int x, int, int) { return x < 2 ? 1.0 : 1000.0; };  // between fine points 2 and 3
  Transfers<2, false> t(assemble(grid_of(8, "dn"), cross_cell(2), jump), {}, TransferKind::by_operator);
  auto const P = t.grid.prolongation(0);
  // Fine points 1, 2, 3 of the second row; coarse points 0 and 1 lie on 1 and 3.
  EXPECT_NEAR(P(7 * 2 + 2, 3 * 1 + 0), 1.0 / 1001, 1e-12);
  EXPECT_NEAR(P(7 * 2 + 2, 3 * 1 + 1), 1000.0 / 1001, 1e-12);
}

TEST(Transfer, RestrictionIsTheTransposeOfInterpolation) {
  double const mixed[3] = {0.3, -0.2, 0.7};
  for (auto const* sides : planes) {
    SCOPED_TRACE(sides);
    for (double const* m : {static_cast<double const*>(nullptr), mixed}) {
      for (auto const& c : {whole, along_x, along_y}) field<2>(grid_of(8, sides), c).expect_restriction_is_transpose(m);
      field<2>(grid_of(8, sides), whole, TransferKind::by_operator).expect_restriction_is_transpose(m);
    }
  }
  for (auto const* sides : spaces) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, across_x, along_z}) {
      field<3>(in_space(sides), c).expect_restriction_is_transpose(mixed);
    }
  }
}

TEST(Transfer, MixedPartsLeanTowardsADiagonal) {
  double const mixed[1] = {0.4};
  auto t = field<2>(grid_of(8, "dd"), whole);
  auto const P = t.grid.prolongation(0, mixed);
  for (int corner = 0; corner < 4; ++corner) {  // of the coarse cell around fine point (2, 2)
    int const x = corner & 1, y = corner >> 1;
    EXPECT_NEAR(P(7 * 2 + 2, 3 * y + x), 0.25 * (1 + (x == y ? 0.4 : -0.4)), 1e-15);
  }
}

TEST(Galerkin, OfFieldsInThePlane) {
  for (auto const* sides : planes) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, along_x, along_y}) field<2>(grid_of(8, sides), c).expect_galerkin();
    field<2>(grid_of(8, sides), whole, TransferKind::by_operator).expect_galerkin();
  }
}
TEST(Galerkin, OfFieldsInSpace) {
  for (auto const* sides : spaces) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, across_x, along_z}) field<3>(in_space(sides), c).expect_galerkin();
  }
}
TEST(Galerkin, OfConstants) {
  for (auto const* sides : {"dd", "pp", "dp"}) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, along_x, along_y}) {
      Transfers<2, true>(constant_matrix(grid_of(8, sides), random_cell(2, 6)), c).expect_galerkin();
    }
  }
  for (auto const* sides : {"ddd", "ppp", "pdp"}) {
    SCOPED_TRACE(sides);
    for (auto const& c : {whole, across_x, along_z}) {
      Transfers<3, true>(constant_matrix(in_space(sides), random_cell(3, 7)), c).expect_galerkin();
    }
  }
}
TEST(Galerkin, WithAMask) {
  for (auto const kind : {TransferKind::linear, TransferKind::by_operator}) {
    auto m = assemble(grid_of(16, "dn"), full_cell(2), rough(2));
    m.mask([](int p) { return p % 15 > 4 && p % 15 < 10 && p / 15 > 6 && p / 15 < 11; });
    Transfers<2, false>(m, {}, kind).expect_galerkin();
  }
}

}  // namespace
}  // namespace metasolve::test::transfer_test
