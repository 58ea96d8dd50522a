// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/grids/grid_shape.hpp"

#include <cstdint>

#include "metasolve/error.hpp"
#include "metasolve/kernels/grids/coarsest.hpp"

namespace metasolve::grids {

using kernels::GridLevel;
using kernels::Side;

namespace {

constexpr char const* axes = "xyz";

std::size_t at(int i) { return static_cast<std::size_t>(i); }

void check(GridShape const& s) {
  if (s.dimensions != 2 && s.dimensions != 3) {
    throw InputError("grid: given " + std::to_string(s.dimensions) + " dimensions, expected 2 or 3");
  }
  std::int64_t numbers = kernels::half_entries<3>;
  for (int a = 0; a < 3; ++a) {
    int const n = s.points[at(a)];
    if (a >= s.dimensions ? n != 1 : n < 1) {
      throw InputError(std::string("grid: given ") + std::to_string(n) + " points along " + axes[a] + ", expected " +
                       (a >= s.dimensions ? "1 in two dimensions" : "at least 1"));
    }
    if (a < s.dimensions) numbers *= std::int64_t{n} + 2;
    if (numbers > (std::int64_t{1} << 29)) throw InputError("grid: " + name_of(s) + " points are too many");
    auto const& ends = s.sides[at(a)];
    if ((ends[0] == Side::periodic) != (ends[1] == Side::periodic)) {
      throw InputError(std::string("grid: only one end of ") + axes[a] + " is periodic; both are or none is");
    }
  }
}

/// The level with these points, its steps to the next one not yet set.
GridLevel level_of(std::array<int, 3> const& points, int dimensions) {
  GridLevel g;
  for (int a = 0; a < 3; ++a) g.n[a] = points[at(a)];
  g.row = g.n[0] + 2;
  g.plane = dimensions == 3 ? g.row * (g.n[1] + 2) : 0;
  g.origin = 1 + g.row + g.plane;
  g.size = g.row * (g.n[1] + 2) * (dimensions == 3 ? g.n[2] + 2 : 1);
  return g;
}

/// Points of the next coarser level along an axis; 0: it cannot be coarsened.
int coarse_points(int n, std::array<Side, 2> const& ends) {
  if (ends[0] == Side::periodic) return n % 2 == 0 && n > 2 ? n / 2 : 0;
  bool const low = ends[0] == Side::dirichlet, high = ends[1] == Side::dirichlet;
  if (low && high) return n % 2 == 1 && n > 1 ? (n - 1) / 2 : 0;
  if (low || high) return n % 2 == 0 && n > 1 ? n / 2 : 0;
  return n % 2 == 1 && n > 1 ? (n + 1) / 2 : 0;
}

}  // namespace

GridShape dirichlet_grid(int dimensions, int points) {
  GridShape s;
  s.dimensions = dimensions;
  s.points = {points, points, dimensions == 3 ? points : 1};
  return s;
}

std::string name_of(GridShape const& shape) {
  std::string name;
  for (int a = 0; a < shape.dimensions; ++a) name += (a > 0 ? " x " : "") + std::to_string(shape.points[at(a)]);
  return name;
}

kernels::GridHierarchy hierarchy_of(GridShape const& shape, Coarsening const& coarsening) {
  check(shape);
  kernels::GridHierarchy h;
  h.dimensions = shape.dimensions;
  for (int a = 0; a < shape.dimensions; ++a) h.periodic[a] = shape.sides[at(a)][0] == Side::periodic;
  auto points = shape.points;
  for (;;) {
    auto& g = h.level[h.levels++] = level_of(points, shape.dimensions);
    if (coarsening.to_one_level) return h;
    // Smaller than a 3 x 3 grid pays nothing.
    bool const few = g.points() <= (shape.dimensions == 3 ? 27 : 9);
    bool coarsens = !few && h.levels < kernels::GridHierarchy::most_levels, any = false;
    auto coarse = points;
    for (int a = 0; a < shape.dimensions && coarsens; ++a) {
      if (!coarsening.axes[at(a)]) continue;
      int const n = coarse_points(points[at(a)], shape.sides[at(a)]);
      coarsens = n > 0;
      any = true;
      coarse[at(a)] = n;
    }
    if (!coarsens || !any) break;
    for (int a = 0; a < shape.dimensions; ++a) {
      if (!coarsening.axes[at(a)]) continue;
      g.step[a] = 2;
      g.offset[a] = shape.sides[at(a)][0] == Side::dirichlet ? 1 : 0;
    }
    points = coarse;
  }
  int const left = h.level[h.levels - 1].points();
  if (left > kernels::most_coarsest_points) {
    throw InputError("grid: " + name_of(shape) + " points cannot be halved down to " +
                     std::to_string(kernels::most_coarsest_points) + ", but to " + std::to_string(left) +
                     "; choose m 2^k - 1 points between Dirichlet boundaries, m 2^k + 1 between Neumann boundaries, "
                     "m 2^k on a periodic axis or between one of each, m small and k the same for all axes; or solve "
                     "without multigrid");
  }
  return h;
}

}  // namespace metasolve::grids
