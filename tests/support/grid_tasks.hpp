// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "metasolve/detail/grids/grid_shape.hpp"
#include "metasolve/kernels/grids/stencil.hpp"
#include "tests/support/dense_matrix.hpp"

/// Systems on grids, assembled cell by cell as finite elements are: natural at Neumann boundaries.
namespace metasolve::test {

using grids::GridShape;
using kernels::Side;

inline std::size_t as_index(int i) { return static_cast<std::size_t>(i); }

/// "dnp" for the sides of x, y, z: d, n, p for both ends, l for Dirichlet at the low and Neumann at the high end, h the
/// other way round.
inline GridShape grid_of(std::vector<int> const& points, std::string const& sides) {
  GridShape s;
  s.dimensions = static_cast<int>(points.size());
  for (int a = 0; a < s.dimensions; ++a) {
    s.points[as_index(a)] = points[as_index(a)];
    char const c = sides[as_index(a)];
    Side const low = c == 'p' ? Side::periodic : c == 'n' || c == 'h' ? Side::neumann : Side::dirichlet;
    Side const high = c == 'p' ? Side::periodic : c == 'n' || c == 'l' ? Side::neumann : Side::dirichlet;
    s.sides[as_index(a)] = {low, high};
  }
  return s;
}
/// A size that can be halved down to a few points: m 2^k between sides of the letter, plus or minus 1.
inline int points_for(char side, int power) { return power + (side == 'd' ? -1 : side == 'n' ? 1 : 0); }
inline GridShape grid_of(int power, std::string const& sides) {
  std::vector<int> points;
  for (char const side : sides) points.push_back(points_for(side, power));
  return grid_of(points, sides);
}

/// The matrix of a cell: corners by x, then y, then z. Its rows sum to 0.
struct CellMatrix {
  int corners = 4;
  double a[8][8] = {};
  void couple(int p, int q, double strength) {
    a[p][q] -= strength, a[q][p] -= strength;
    a[p][p] += strength, a[q][q] += strength;
  }
};

/// 5 or 7 points; weight[a]: of the couplings along axis a.
inline CellMatrix cross_cell(int dimensions, std::array<double, 3> const& weight = {1, 1, 1}) {
  CellMatrix m;
  m.corners = 1 << dimensions;
  for (int p = 0; p < m.corners; ++p) {
    for (int a = 0; a < dimensions; ++a) {
      if ((p >> a & 1) == 0) m.couple(p, p | 1 << a, weight[as_index(a)] * 2 / m.corners);
    }
  }
  return m;
}
/// 9 or 27 points: the Laplace operator with bilinear or trilinear elements.
inline CellMatrix full_cell(int dimensions) {
  CellMatrix m;
  m.corners = 1 << dimensions;
  for (int p = 0; p < m.corners; ++p) {
    for (int q = p + 1; q < m.corners; ++q) {
      int const apart = (p ^ q) == 7 ? 3 : (p ^ q) == 1 || (p ^ q) == 2 || (p ^ q) == 4 ? 1 : 2;
      if (dimensions == 2) m.couple(p, q, apart == 1 ? 1.0 / 6 : 1.0 / 3);
      if (dimensions == 3) m.couple(p, q, apart == 1 ? 0.0 : 1.0 / 12);
    }
  }
  return m;
}
/// Any couplings, all positive strengths.
inline CellMatrix random_cell(int dimensions, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> strength(0.1, 1);
  CellMatrix m;
  m.corners = 1 << dimensions;
  for (int p = 0; p < m.corners; ++p) {
    for (int q = p + 1; q < m.corners; ++q) m.couple(p, q, strength(random));
  }
  return m;
}

/// A task's stencil as callers give it: [entries] or [entries][points].
struct GridMatrix {
  GridShape shape;
  bool is_constant = false;
  std::vector<double> entries;

  [[nodiscard]] int half() const { return shape.dimensions == 2 ? 5 : 14; }
  [[nodiscard]] kernels::StencilOffset offset(int e) const {
    return shape.dimensions == 2 ? kernels::stencil_offset<2>(e) : kernels::stencil_offset<3>(e);
  }
  /// The point at an offset from p; -1: none.
  [[nodiscard]] int neighbour(int p, kernels::StencilOffset const& o) const {
    int const line = p / shape.points[0];
    int at[3] = {p % shape.points[0] + o.x, line % shape.points[1] + o.y, line / shape.points[1] + o.z};
    for (int a = 0; a < 3; ++a) {
      int const n = shape.points[as_index(a)];
      if (at[a] >= 0 && at[a] < n) continue;
      if (shape.sides[as_index(a)][0] != Side::periodic || a >= shape.dimensions) return -1;
      at[a] = (at[a] + n) % n;
    }
    return (at[2] * shape.points[1] + at[1]) * shape.points[0] + at[0];
  }
  [[nodiscard]] double& entry(int e, int p) { return entries[as_index(is_constant ? e : e * shape.unknowns() + p)]; }
  [[nodiscard]] double entry(int e, int p) const {
    return entries[as_index(is_constant ? e : e * shape.unknowns() + p)];
  }
  [[nodiscard]] DenseMatrix dense() const {
    int const n = shape.unknowns();
    DenseMatrix d(n, n);
    for (int p = 0; p < n; ++p) {
      for (int e = 0; e < half(); ++e) {
        int const q = neighbour(p, offset(e));
        if (q < 0) continue;
        d(p, q) += entry(e, p);
        if (e > 0) d(q, p) += entry(e, p);
      }
    }
    return d;
  }
  /// Points outside: their rows become 0; others keep their diagonal, as beside a Dirichlet boundary.
  void mask(std::function<bool(int)> const& outside) {
    for (int p = 0; p < shape.unknowns(); ++p) {
      for (int e = 0; e < half(); ++e) {
        int const q = neighbour(p, offset(e));
        if (outside(p) || (q >= 0 && outside(q))) entry(e, p) = 0;
      }
    }
  }
};

/// coefficient(x, y, z): of the cell above that point; the first ones are at -1 beside a Dirichlet end.
inline GridMatrix assemble(GridShape const& shape, CellMatrix const& cell,
                           std::function<double(int, int, int)> const& coefficient) {
  GridMatrix m{shape, false, {}};
  m.entries.resize(as_index(m.half() * shape.unknowns()));
  int first[3] = {0, 0, 0}, last[3] = {0, 0, 0};
  for (int a = 0; a < shape.dimensions; ++a) {
    auto const& ends = shape.sides[as_index(a)];
    first[a] = ends[0] == Side::dirichlet ? -1 : 0;
    last[a] = shape.points[as_index(a)] - (ends[1] == Side::neumann ? 2 : 1);
  }
  auto const point = [&](int x, int y, int z) {
    int at[3] = {x, y, z};
    for (int a = 0; a < 3; ++a) {
      int const n = shape.points[as_index(a)];
      if (shape.sides[as_index(a)][0] == Side::periodic) at[a] = (at[a] + n) % n;
      if (at[a] < 0 || at[a] >= n) return -1;
    }
    return (at[2] * shape.points[1] + at[1]) * shape.points[0] + at[0];
  };
  for (int z = first[2]; z <= last[2]; ++z) {
    for (int y = first[1]; y <= last[1]; ++y) {
      for (int x = first[0]; x <= last[0]; ++x) {
        double const k = coefficient(x, y, z);
        for (int c = 0; c < cell.corners; ++c) {
          int const p = point(x + (c & 1), y + (c >> 1 & 1), z + (c >> 2));
          if (p < 0) continue;
          for (int e = 0; e < m.half(); ++e) {
            auto const o = m.offset(e);
            int const to[3] = {(c & 1) + o.x, (c >> 1 & 1) + o.y, (c >> 2) + o.z};
            bool const is_corner = to[0] >= 0 && to[0] < 2 && to[1] >= 0 && to[1] < 2 && to[2] >= 0 && to[2] < 2;
            if (is_corner) m.entry(e, p) += k * cell.a[c][to[0] + 2 * to[1] + 4 * to[2]];
          }
        }
      }
    }
  }
  return m;
}

/// The same in each cell, as a constant stencil: not for Neumann ends, whose points differ.
inline GridMatrix constant_matrix(GridShape const& shape, CellMatrix const& cell) {
  auto const around = assemble(grid_of(shape.dimensions == 2 ? std::vector{4, 4} : std::vector{4, 4, 4}, "ppp"), cell,
                               [](int, int, int) { return 1.0; });
  GridMatrix m{shape, true, {}};
  for (int e = 0; e < m.half(); ++e) m.entries.push_back(around.entry(e, 0));
  return m;
}

/// Coefficients from 10^-spread to 1, different in each cell.
inline std::function<double(int, int, int)> rough(double spread, unsigned seed = 1) {
  return [=](int x, int y, int z) {
    std::mt19937 random(seed + 7919U * static_cast<unsigned>(x + 1) + 104729U * static_cast<unsigned>(y + 1) +
                        1299709U * static_cast<unsigned>(z + 1));
    random.discard(3);
    return std::pow(10.0, -spread * std::uniform_real_distribution<double>(0, 1)(random));
  };
}

inline std::vector<double> random_numbers(int n, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> v(as_index(n));
  for (auto& x : v) x = normal(random);
  return v;
}

}  // namespace metasolve::test
