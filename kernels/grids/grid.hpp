// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <type_traits>

#include "../simd/hd.hpp"
#include "../simd/team.hpp"

/// A loop over the points of a row whose iterations are independent.
#if defined(__CUDACC__)
#define METASOLVE_POINTS
#else
#define METASOLVE_POINTS _Pragma("GCC ivdep")
#endif

/// Structured grids in two and three dimensions, and the hierarchies that multigrid builds on them.
namespace metasolve::kernels {

/// What holds at both ends, or one end, of an axis. Dirichlet: the unknowns end one step before the boundary. Neumann:
/// the last unknown is on the boundary. Periodic: both ends of the axis are.
enum class Side : std::int8_t { dirichlet, neumann, periodic };

/// The points of one level. An array of a level holds a number for each point and for a halo of one point around all
/// of them: size numbers, point (x, y, z) at origin + x + y row + z plane. A halo is 0 unless an axis is periodic.
struct GridLevel {
  int n[3] = {1, 1, 1};       ///< points along x, y and z
  int row = 0, plane = 0;     ///< distance of neighbours along y and z; plane is 0 in two dimensions
  int origin = 0;             ///< of point (0, 0, 0)
  int size = 0;               ///< numbers of an array
  int step[3] = {1, 1, 1};    ///< to the next coarser level: 2 along an axis that is coarsened, else 1
  int offset[3] = {0, 0, 0};  ///< coarse point i is fine point step i + offset

  METASOLVE_HD int points() const { return n[0] * n[1] * n[2]; }
  METASOLVE_HD int at(int x, int y, int z) const { return origin + x + y * row + z * plane; }
  METASOLVE_HD int stride(int axis) const { return axis == 0 ? 1 : axis == 1 ? row : plane; }
};

/// From the finest level to the coarsest.
struct GridHierarchy {
  static constexpr int most_levels = 12;
  int dimensions = 2;
  int levels = 0;
  bool periodic[3] = {false, false, false};
  GridLevel level[most_levels];

  METASOLVE_HD bool is_periodic() const { return periodic[0] || periodic[1] || periodic[2]; }
  /// Numbers of an array of each level, one after the other.
  METASOLVE_HD int size() const {
    int sum = 0;
    for (int l = 0; l < levels; ++l) sum += level[l].size;
    return sum;
  }
};

/// make(i)(x) for the points of a level, split over the members: i is the index of a point, x the distance along its
/// row. A single member makes one body a row, which may hold the row's pointers. No sync before or after.
template <Team T, class Make>
METASOLVE_HD void for_each_row(T const& team, GridLevel const& g, Make&& make) {
  if constexpr (T::is_solo) {
    int const n = g.n[0];
    for (int z = 0; z < g.n[2]; ++z) {
      for (int y = 0; y < g.n[1]; ++y) {
        auto const body = make(g.at(0, y, z));
        METASOLVE_POINTS
        for (int x = 0; x < n; ++x) body(x);
      }
    }
  } else {
    for_each_rolled(team, g.points(), [&](int p) {
      int const line = p / g.n[0], z = line / g.n[1];
      make(g.at(p - line * g.n[0], line - z * g.n[1], z))(0);
    });
  }
}

/// Every second point along some axes: those with coordinates first[a] + i stride[a].
struct Sublattice {
  int first[3] = {0, 0, 0}, stride[3] = {1, 1, 1};

  /// Points along an axis.
  METASOLVE_HD int count(GridLevel const& g, int axis) const {
    return g.n[axis] > first[axis] ? (g.n[axis] - first[axis] + stride[axis] - 1) / stride[axis] : 0;
  }
};

/// As for_each_row, over a part of the points, every or every second one of a row: body(x) gets those distances.
template <Team T, class Make>
METASOLVE_HD void for_each_row_of(T const& team, GridLevel const& g, Sublattice const& s, Make&& make) {
  int const count[3] = {s.count(g, 0), s.count(g, 1), s.count(g, 2)};
  int const lines = count[1] * count[2];
  if constexpr (T::is_solo) {
    auto const rows = [&](auto stride) {  // known to the compiler
      for (int line = 0; line < lines; ++line) {
        int const z = line / count[1], y = line - z * count[1];
        auto const body = make(g.at(s.first[0], s.first[1] + y * s.stride[1], s.first[2] + z * s.stride[2]));
        METASOLVE_POINTS
        for (int x = 0; x < count[0]; ++x) body(stride * x);
      }
    };
    if (s.stride[0] == 2) {
      rows(std::integral_constant<int, 2>{});
    } else {
      rows(std::integral_constant<int, 1>{});
    }
  } else {
    for_each_rolled(team, count[0] * lines, [&](int p) {
      int const line = p / count[0], z = line / count[1];
      make(g.at(s.first[0] + s.stride[0] * (p - line * count[0]), s.first[1] + (line - z * count[1]) * s.stride[1],
                s.first[2] + z * s.stride[2]))(0);
    });
  }
}

/// The sum over all points of term(i), the same on each member. A single member adds eight strands of a row, which the
/// compiler keeps in a vector.
template <class Number, Team T, class Term>
METASOLVE_HD Number sum_over_points(T const& team, GridLevel const& g, Term&& term) {
  if constexpr (T::is_solo) {
    constexpr int strands = 8;
    Number sum[strands] = {};
    int const n = g.n[0], whole = n / strands * strands;
    for (int z = 0; z < g.n[2]; ++z) {
      for (int y = 0; y < g.n[1]; ++y) {
        int const i = g.at(0, y, z);
        for (int x = 0; x < whole; x += strands) {
          for (int s = 0; s < strands; ++s) sum[s] += term(i + x + s);
        }
        for (int x = whole; x < n; ++x) sum[x - whole] += term(i + x);
      }
    }
    return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
  } else {
    Number sum(0);
    for_each_rolled(team, g.points(), [&](int p) {
      int const line = p / g.n[0], z = line / g.n[1];
      sum += term(g.at(p - line * g.n[0], line - z * g.n[1], z));
    });
    return team.sum(sum);
  }
}

/// The same over a part of the points.
template <class Number, Team T, class Term>
METASOLVE_HD Number sum_over_sublattice(T const& team, GridLevel const& g, Sublattice const& s, Term&& term) {
  int count[3];
  for (int a = 0; a < 3; ++a)
    count[a] = g.n[a] > s.first[a] ? (g.n[a] - s.first[a] + s.stride[a] - 1) / s.stride[a] : 0;
  Number sum(0);
  for_each_rolled(team, count[0] * count[1] * count[2], [&](int p) {
    int const line = p / count[0], z = line / count[1];
    sum += term(g.at(s.first[0] + (p - line * count[0]) * s.stride[0], s.first[1] + (line - z * count[1]) * s.stride[1],
                     s.first[2] + z * s.stride[2]));
  });
  return team.sum(sum);
}

template <class Number, Team T>
METASOLVE_HD void set_zero(T const& team, int size, Number* a) {
  for_each_rolled(team, size, [=](int i) { a[i] = Number(0); });
}

/// Zeros in the halo, and nothing else. No sync.
template <class Number, Team T>
METASOLVE_HD void clear_halo(T const& team, GridLevel const& g, Number* a) {
  int const rows = g.n[1] + 2;
  for_each_rolled(team, g.size / g.row, [&](int line) {
    int const y = line % rows - 1, z = g.plane > 0 ? line / rows - 1 : 0;
    bool const is_inside = y >= 0 && y < g.n[1] && z >= 0 && z < g.n[2];
    Number* const row = a + static_cast<std::int64_t>(line) * g.row;
    for (int x = 0; x < g.row; x += is_inside ? g.row - 1 : 1) row[x] = Number(0);
  });
}

/// Copies the points beside periodic boundaries into the halo; nothing else. Syncs between axes and at the end if there
/// are any.
template <class Number, Team T>
METASOLVE_CALLED_ON_DEVICE METASOLVE_HD void update_halo(T const& team, GridHierarchy const& h, int level, Number* a) {
  if (!h.is_periodic()) return;
  GridLevel const& g = h.level[level];
  // Axis by axis, each with the halo of those before it, so that corners are right.
  METASOLVE_ROLLED
  for (int axis = 0; axis < h.dimensions; ++axis) {
    if (!h.periodic[axis]) continue;
    int const u = (axis + 1) % 3, v = (axis + 2) % 3;
    int const wide_u = h.dimensions == 3 || u != 2 ? 1 : 0, wide_v = h.dimensions == 3 || v != 2 ? 1 : 0;
    int const nu = g.n[u] + 2 * wide_u, nv = g.n[v] + 2 * wide_v;
    int const s = g.stride(axis), n = g.n[axis];
    for_each_rolled(team, nu * nv, [&](int p) {
      int const i = g.origin + (p % nu - wide_u) * g.stride(u) + (p / nu - wide_v) * g.stride(v);
      a[i - s] = a[i + (n - 1) * s];
      a[i + n * s] = a[i];
    });
    team.sync();
  }
}

}  // namespace metasolve::kernels
