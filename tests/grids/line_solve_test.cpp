// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/grids/line_solve.hpp"

#include <gtest/gtest.h>

#include "tests/support/grid_rig.hpp"

/// Solves along lines compared with dense ones, line by line.
namespace metasolve::test::line_solve_test {
namespace {

using kernels::Sublattice;

template <class Scalar, int Dim, bool IsConstant>
struct Lines {
  static constexpr kernels::SoloTeam team{};
  GridMatrix matrix;
  GridRig<Scalar, Dim, IsConstant> rig;
  LoadedGrid<Scalar, Dim, IsConstant> grid;

  explicit Lines(GridMatrix const& m)
      : matrix(m), rig(m, {.smoother = Smoother::zebra, .one_level = true}), grid(rig) {}

  /// The couplings along an axis, of all points.
  [[nodiscard]] DenseMatrix along(int axis) const {
    int const n = matrix.shape.unknowns();
    DenseMatrix d(n, n);
    for (int p = 0; p < n; ++p) {
      for (int e = 0; e < matrix.half(); ++e) {
        auto const o = matrix.offset(e);
        int const to[3] = {o.x, o.y, o.z};
        if (to[0] * to[0] + to[1] * to[1] + to[2] * to[2] != to[axis] * to[axis]) continue;
        int const q = matrix.neighbour(p, o);
        if (q < 0) continue;
        d(p, q) += matrix.entry(e, p);
        if (e > 0) d(q, p) += matrix.entry(e, p);
      }
      if (d(p, p) == 0) d(p, p) = 1;  // outside, where f is 0
    }
    return d;
  }
  [[nodiscard]] std::vector<double> right_hand_side() {
    auto f = random_numbers(matrix.shape.unknowns(), 3);
    for (int p = 0; p < matrix.shape.unknowns(); ++p) {
      if (grid.level(0).a.centre(grid.at(0, p)) == Scalar(0)) f[as_index(p)] = 0;
    }
    return f;
  }
  /// The largest error of T^-1 f on the lines of `part`, x what it should be; -1: something else was written.
  [[nodiscard]] double error(int axis, Sublattice const& part, std::vector<double> const& x) {
    auto const& g = grid.h().level[0];
    auto const op = grid.level(0);
    int const points = g.points();
    auto const f = right_hand_side();
    std::vector<Scalar> from(as_index(g.size)), t(as_index(g.size), Scalar(7)), finished(as_index(g.size), Scalar(7));
    for (int p = 0; p < points; ++p) from[as_index(grid.at(0, p))] = Scalar(f[as_index(p)]);
    Scalar* const to = finished.data();
    kernels::solve_lines(team, g, axis, part, op.a, op.lines[axis], static_cast<Scalar const*>(from.data()), t.data(),
                         [=](int i, Scalar value) { to[i] = value; });
    double most = 0;
    for (int p = 0; p < points; ++p) {
      int const at[3] = {p % g.n[0], p / g.n[0] % g.n[1], p / (g.n[0] * g.n[1])};
      bool in_part = true;
      for (int a = 0; a < 3; ++a) {
        in_part = in_part && (a == axis || (at[a] >= part.first[a] && (at[a] - part.first[a]) % part.stride[a] == 0));
      }
      auto const i = as_index(grid.at(0, p));
      if (!in_part) {
        if (t[i] != Scalar(7) || finished[i] != Scalar(7)) return -1;
        continue;
      }
      if (finished[i] != t[i]) return -1;
      most = std::max(most, std::abs(static_cast<double>(t[i]) - x[as_index(p)]) / (1 + std::abs(x[as_index(p)])));
    }
    return most;
  }
  void expect_solved() {
    double const limit = sizeof(Scalar) == 4 ? 1e-5 : 1e-13;
    for (int axis = 0; axis < Dim; ++axis) {
      SCOPED_TRACE("axis " + std::to_string(axis));
      auto const x = solve_dense(along(axis), right_hand_side());
      double const all = error(axis, {}, x);
      EXPECT_TRUE(all >= 0 && all <= limit) << all;
      for (int color = 0; color < 4; ++color) {
        Sublattice part;
        int bit = 0;
        for (int a = 0; a < Dim; ++a) {
          if (a != axis) part.first[a] = color >> bit++ & 1, part.stride[a] = 2;
        }
        double const some = error(axis, part, x);
        EXPECT_TRUE(some >= 0 && some <= limit) << some << ", color " << color;
      }
    }
  }
};

TEST(LineSolve, OfFields) {
  for (auto const* sides : {"dd", "nn", "pp", "pd", "lh", "hp"}) {
    SCOPED_TRACE(sides);
    auto const m = assemble(grid_of({20, 18}, sides), random_cell(2, 1), rough(2));
    Lines<double, 2, false>(m).expect_solved();
    Lines<float, 2, false>(m).expect_solved();
  }
  for (auto const* sides : {"ddd", "nnn", "ppp", "dpn", "plh"}) {
    SCOPED_TRACE(sides);
    Lines<double, 3, false>(assemble(grid_of({4, 6, 8}, sides), random_cell(3, 1), rough(2))).expect_solved();
  }
}

TEST(LineSolve, OfConstants) {
  for (auto const* sides : {"dd", "pp", "pd", "dp"}) {
    SCOPED_TRACE(sides);
    auto const m = constant_matrix(grid_of({20, 18}, sides), random_cell(2, 1));
    Lines<double, 2, true>(m).expect_solved();
    Lines<float, 2, true>(m).expect_solved();
  }
  for (auto const* sides : {"ddd", "ppp", "dpd"}) {
    SCOPED_TRACE(sides);
    Lines<double, 3, true>(constant_matrix(grid_of({4, 6, 8}, sides), random_cell(3, 1))).expect_solved();
  }
}

TEST(LineSolve, OfFewPoints) {
  for (int const n : {2, 4}) {
    for (auto const* sides : {"pp", "nn", "dd"}) {
      SCOPED_TRACE(std::string(sides) + std::to_string(n));
      Lines<double, 2, false>(assemble(grid_of({n, 2}, sides), random_cell(2, 1), rough(1))).expect_solved();
    }
    Lines<double, 2, true>(constant_matrix(grid_of({n, 2}, "pp"), random_cell(2, 1))).expect_solved();
  }
  Lines<double, 2, false>(assemble(grid_of({1, 5}, "dd"), random_cell(2, 1), rough(1))).expect_solved();
}

/// Lines that a mask cuts, also at their ends, and one that is outside as a whole.
TEST(LineSolve, AroundAMask) {
  for (auto const* sides : {"dd", "nn", "pp"}) {
    SCOPED_TRACE(sides);
    auto m = assemble(grid_of({8, 8}, sides), random_cell(2, 1), rough(1));
    m.mask([](int p) { return p / 8 == 4 || (p % 8 > 2 && p % 8 < 5) || p == 0 || p == 63; });
    Lines<double, 2, false>(m).expect_solved();
  }
}

}  // namespace
}  // namespace metasolve::test::line_solve_test
