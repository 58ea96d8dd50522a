// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

namespace metasolve {

/// What holds at one end of an axis.
enum class GridSide : std::int32_t {
  dirichlet,  ///< u is known on the boundary, one step beyond the last unknown, and part of the right-hand side
  neumann,    ///< the last unknown is on the boundary
  periodic,   ///< the point beyond the last unknown is the first one: of both ends or of none
};

/// A structured grid in two or three dimensions. Arrays over its points have x fastest, then y, then z.
///
/// Multigrid halves every axis again and again, until one has an end: an odd number of points between Dirichlet
/// boundaries, an odd one between Neumann boundaries, an even one where the axis is periodic or has a boundary of each
/// kind. So choose m 2^k - 1 points between Dirichlet boundaries, m 2^k + 1 between Neumann boundaries, m 2^k else,
/// with m small and k the same for all axes: 63, 65 or 64. The coarsest grid has at most 64 points.
struct Grid {
  int dimensions = 2;                                 ///< 2 or 3
  std::array<int, 3> points = {1, 1, 1};              ///< unknowns along x, y and z; 1 along z in two dimensions
  std::array<std::array<GridSide, 2>, 3> sides = {};  ///< of each axis at its low and its high end

  /// Points, obstacles included.
  [[nodiscard]] std::int64_t unknowns() const { return std::int64_t{points[0]} * points[1] * points[2]; }
  /// Numbers of a half stencil: a point's coupling to itself, and to half of its neighbours.
  [[nodiscard]] int entries() const { return dimensions == 3 ? 14 : 5; }
};

}  // namespace metasolve
