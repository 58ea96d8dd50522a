// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"

/// Products with the operator of a loaded task compared with those of a dense matrix.
namespace metasolve::test::grid_stencil_test {
namespace {

char const* const planes[] = {"dd", "nn", "pp", "dn", "nd", "pd", "np", "lh", "hp", "ln"};
char const* const spaces[] = {"ddd", "nnn", "ppp", "dnp", "pdn", "lhp", "npl"};

/// The difference of A u from a dense product, as a part of the largest number.
template <class Scalar, int Dim, bool IsConstant>
double error_of(GridMatrix const& m) {
  GridRig<Scalar, Dim, IsConstant> const rig(m, {.one_level = true});
  LoadedGrid grid(rig);
  return difference(grid.level_matrix(0), m.dense());
}
template <int Dim, bool IsConstant>
void expect_product(GridMatrix const& m) {
  EXPECT_TRUE((error_of<double, Dim, IsConstant>(m) <= 1e-15));
  EXPECT_TRUE((error_of<float, Dim, IsConstant>(m) <= 1e-7));
}

TEST(GridStencil, EntriesAndOffsetsBelongTogether) {
  for (int e = 0; e < 5; ++e) {
    auto const o = kernels::stencil_offset<2>(e);
    EXPECT_EQ(kernels::stencil_entry<2>(o.x, o.y, o.z), e);
    EXPECT_EQ(kernels::stencil_entry<2>(-o.x, -o.y, -o.z), e);
  }
  for (int e = 0; e < 14; ++e) {
    auto const o = kernels::stencil_offset<3>(e);
    EXPECT_EQ(kernels::stencil_entry<3>(o.x, o.y, o.z), e);
    EXPECT_EQ(kernels::stencil_entry<3>(-o.x, -o.y, -o.z), e);
  }
}

TEST(GridStencil, FieldsInThePlane) {
  for (auto const* sides : planes) {
    SCOPED_TRACE(sides);
    expect_product<2, false>(assemble(grid_of({5, 4}, sides), random_cell(2, 1), rough(2)));
    expect_product<2, false>(assemble(grid_of({2, 3}, sides), random_cell(2, 1), rough(2)));
  }
}
TEST(GridStencil, FieldsInSpace) {
  for (auto const* sides : spaces) {
    SCOPED_TRACE(sides);
    expect_product<3, false>(assemble(grid_of({4, 5, 3}, sides), random_cell(3, 2), rough(2)));
  }
}
TEST(GridStencil, Constants) {
  for (auto const* sides : {"dd", "pp", "dp", "pd"}) {
    SCOPED_TRACE(sides);
    expect_product<2, true>(constant_matrix(grid_of({5, 4}, sides), random_cell(2, 3)));
  }
  for (auto const* sides : {"ddd", "ppp", "dpd", "pdp"}) {
    SCOPED_TRACE(sides);
    expect_product<3, true>(constant_matrix(grid_of({4, 3, 5}, sides), random_cell(3, 4)));
  }
}

TEST(GridStencil, AssembledTasksAreDefiniteUnlessNoSideIsDirichlet) {
  for (auto const* sides : planes) {
    auto const d = assemble(grid_of({4, 4}, sides), full_cell(2), rough(1)).dense();
    EXPECT_EQ(is_positive_definite(d), std::string(sides).find_first_of("dlh") != std::string::npos) << sides;
  }
}

/// Couplings that a caller gives beyond a boundary count for nothing, and beyond a periodic one they do.
TEST(GridStencil, NothingCouplesOverABoundary) {
  auto m = assemble(grid_of({4, 3}, "dp"), random_cell(2, 1), rough(1));
  auto const right = m.dense();
  for (int p = 0; p < m.shape.unknowns(); ++p) {
    for (int e = 1; e < m.half(); ++e) {
      if (m.neighbour(p, m.offset(e)) < 0) m.entry(e, p) = -7;
    }
  }
  GridRig<double, 2, false> const rig(m, {.one_level = true});
  LoadedGrid grid(rig);
  EXPECT_TRUE(difference(grid.level_matrix(0), right) <= 1e-15);
}

TEST(GridStencil, RowsOfZeroAreOutside) {
  auto m = assemble(grid_of({7, 7}, "dp"), full_cell(2), rough(1));
  auto const outside = [](int p) { return p % 7 > 3 && p / 7 % 3 == 1; };
  m.mask(outside);
  expect_product<2, false>(m);
  GridRig<double, 2, false> const rig(m, {.smoother = Smoother::jacobi, .one_level = true});
  LoadedGrid grid(rig);
  EXPECT_TRUE(grid.usable);
  auto const A = grid.level_matrix(0), M = grid.cycle();
  for (int p = 0; p < 49; ++p) {
    EXPECT_EQ(grid.level(0).inverse(grid.at(0, p)) == 0, outside(p));
    for (int q = 0; q < 49; ++q) {
      if (outside(p) || outside(q)) {
        EXPECT_EQ(A(p, q), 0);
        EXPECT_EQ(M(p, q), 0);
      }
    }
  }
  auto const o = rig.run({.tolerance = 1e-8, .most = 200});
  EXPECT_EQ(o.status[0], Status::converged);
  for (int p = 0; p < 49; ++p) EXPECT_EQ(o.solution[as_index(p)] == 0, outside(p));
}

TEST(GridStencil, HalosOfAPeriodicAxisAreCopies) {
  auto const h = grids::hierarchy_of(grid_of({3, 2, 4}, "pnp"), {.to_one_level = true});
  auto const& g = h.level[0];
  std::vector<double> a(as_index(g.size), 0.0);
  auto const value = [](int x, int y, int z) { return 100.0 * (z + 1) + 10 * (y + 1) + x + 1; };
  for (int z = 0; z < 4; ++z) {
    for (int y = 0; y < 2; ++y) {
      for (int x = 0; x < 3; ++x) a[as_index(g.at(x, y, z))] = value(x, y, z);
    }
  }
  kernels::update_halo(kernels::SoloTeam{}, h, 0, a.data());
  for (int z = -1; z <= 4; ++z) {
    for (int y = -1; y <= 2; ++y) {
      for (int x = -1; x <= 3; ++x) {
        double const expected = y < 0 || y > 1 ? 0 : value((x + 3) % 3, y, (z + 4) % 4);
        EXPECT_EQ(a[as_index(g.at(x, y, z))], expected) << x << " " << y << " " << z;
      }
    }
  }
}

}  // namespace
}  // namespace metasolve::test::grid_stencil_test
