// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>

#include "metasolve/kernels/grids/grid.hpp"

/// Grids on the host: hierarchies for multigrid, and what a cycle does on them.
namespace metasolve::grids {

/// A structured grid. Unknowns along an axis: the interior points between Dirichlet boundaries, which are one step
/// beyond; a Neumann boundary's points are unknowns.
struct GridShape {
  int dimensions = 2;
  std::array<int, 3> points = {1, 1, 1};  ///< unknowns along x, y and z
  /// Of each axis at its low and its high end; periodic at both or at none.
  std::array<std::array<kernels::Side, 2>, 3> sides = {};

  [[nodiscard]] int unknowns() const { return points[0] * points[1] * points[2]; }
  bool operator==(GridShape const&) const = default;
};

/// A square or a cube between Dirichlet boundaries.
GridShape dirichlet_grid(int dimensions, int points);

/// "63 x 63".
std::string name_of(GridShape const& shape);

/// How a grid is coarsened.
struct Coarsening {
  bool to_one_level = false;                      ///< not at all
  std::array<bool, 3> axes = {true, true, true};  ///< semi-coarsening: some alone
};

/// Halves the axes until one has an end: an odd number of points between Dirichlet boundaries, an odd one beyond 1 with
/// Neumann boundaries, an even one beyond 2 if periodic, an even one with one boundary of each kind.
/// @throws InputError too many points; or, unless to_one_level, a coarsest level of more than
/// kernels::most_coarsest_points points: says which sizes are possible
kernels::GridHierarchy hierarchy_of(GridShape const& shape, Coarsening const& coarsening);

}  // namespace metasolve::grids
