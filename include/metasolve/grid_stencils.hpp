// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "metasolve/grid.hpp"

/// Half stencils for GridSolver, on the host: operators of -div(k grad u), each row integrated over the point's share
/// of the domain. With steps of length 1 an interior row of Poisson's equation is 4 (6) on the diagonal and -1 beside
/// it; f is then the source times the volume of the point's share, half of a step at a Neumann side. Known values of u
/// at Dirichlet sides belong to f. For a term c u add c times that volume to entry 0.
namespace metasolve {

/// How a row is made from the cells around its point.
enum class GridScheme : std::int32_t {
  volumes,   ///< finite volumes around the points: 5 or 7 points
  elements,  ///< bilinear or trilinear finite elements, exactly integrated: 9 or 27 points
};

/// Of Poisson's equation with steps of length 1, the same at all points: points is 5 or 9 (two dimensions), 7 or 27
/// (three). 9 and 27: finite elements.
/// @throws InputError other points
std::vector<double> poisson_stencil(int points);

/// Of diffusion by 1 along the direction (cos angle, sin angle) and by epsilon across it, in bilinear elements of
/// length 1: 9 points. angle in radians.
/// @throws InputError epsilon is not positive, or not finite
std::array<double, 5> rotated_diffusion_stencil(double epsilon, double angle);

/// Cells along each axis, between neighbouring points and up to Dirichlet boundaries: one more than points between two
/// of these, one fewer between Neumann boundaries, as many in the other cases. Cell i ends at point i (Dirichlet at the
/// low end) or begins there; x is fastest, then y, then z. @throws InputError a malformed grid
std::array<int, 3> cells_of(Grid const& grid);

/// What diffusion_stencils makes.
struct GridDiffusion {
  Grid grid;
  std::span<double const> conductivity = {};  ///< k >= 0 [cells]; 0: a cell that nothing enters
  GridScheme scheme = GridScheme::volumes;
  std::array<double, 3> step = {1, 1, 1};       ///< length of a cell along each axis
  std::span<std::uint8_t const> obstacle = {};  ///< [points] nonzero: u is 0 there; empty: nowhere
};

/// [entries][points], for all sides. A point among cells of 0 alone, and one that is an obstacle, has a row of 0.
/// @throws InputError a malformed grid; arrays of other lengths; a conductivity that is negative or not finite (names
/// its
///         cell); a step that is not positive
std::vector<double> diffusion_stencils(GridDiffusion const& diffusion);

}  // namespace metasolve
