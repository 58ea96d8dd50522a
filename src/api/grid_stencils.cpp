// SPDX-License-Identifier: Apache-2.0
#include "metasolve/grid_stencils.hpp"

#include <cmath>
#include <string>

#include "metasolve/detail/api/grid_setup.hpp"
#include "metasolve/detail/api/problem_calls.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/grids/stencil.hpp"

namespace metasolve {

namespace {

/// The entry of the half stencil at an offset that lies in it; -1: in the other half.
int own_entry(int dimensions, int x, int y, int z) {
  if (z < 0 || (z == 0 && (y < 0 || (y == 0 && x < 0)))) return -1;
  return dimensions == 3 ? kernels::stencil_entry<3>(x, y, z) : kernels::stencil_entry<2>(x, y, z);
}

/// Couplings of the corners of one cell with k = 1: corner c is at (c & 1, c >> 1 & 1, c >> 2).
struct CellMatrix {
  int corners;
  double a[8][8] = {};
};

CellMatrix cell_matrix(int dimensions, GridScheme scheme, std::array<double, 3> const& step) {
  CellMatrix m{1 << dimensions};
  double volume = 1;
  for (int d = 0; d < dimensions; ++d) volume *= step[static_cast<std::size_t>(d)];
  for (int i = 0; i < m.corners; ++i) {
    for (int j = 0; j < m.corners; ++j) {
      for (int d = 0; d < dimensions; ++d) {
        double const h = step[static_cast<std::size_t>(d)];
        bool const across = (((i ^ j) >> d) & 1) != 0;
        // Of linear elements the integral of u'v' along d, and of u v along the others; volumes keep the edges along d,
        // each with its share of the cell.
        double of = (across ? -1.0 : 1.0) * volume / (h * h);
        for (int other = 0; other < dimensions; ++other) {
          if (other == d) continue;
          bool const differs = (((i ^ j) >> other) & 1) != 0;
          of *= scheme == GridScheme::elements ? (differs ? 1.0 / 6 : 1.0 / 3) : (differs ? 0.0 : 0.5);
        }
        m.a[i][j] += of;
      }
    }
  }
  return m;
}

void require_length(char const* name, std::size_t given, std::int64_t expected, char const* of) {
  if (static_cast<std::int64_t>(given) == expected) return;
  throw InputError(std::string("diffusion_stencils: ") + name + " has " + std::to_string(given) +
                   " numbers, expected " + std::to_string(expected) + ", one for each " + of);
}

}  // namespace

std::vector<double> poisson_stencil(int points) {
  bool const is_flat = points == 5 || points == 9, is_wide = points == 9 || points == 27;
  if (!is_flat && points != 7 && points != 27) {
    throw InputError("poisson_stencil: given " + std::to_string(points) + " points, expected 5, 9, 7 or 27");
  }
  int const dimensions = is_flat ? 2 : 3;
  auto const m = cell_matrix(dimensions, is_wide ? GridScheme::elements : GridScheme::volumes, {1, 1, 1});
  std::vector<double> stencil(is_flat ? 5 : 14);
  for (int i = 0; i < m.corners; ++i) {
    for (int j = 0; j < m.corners; ++j) {
      int const e = own_entry(dimensions, (j & 1) - (i & 1), (j >> 1 & 1) - (i >> 1 & 1), (j >> 2 & 1) - (i >> 2 & 1));
      if (e >= 0) stencil[static_cast<std::size_t>(e)] += m.a[i][j];
    }
  }
  return stencil;
}

std::array<double, 5> rotated_diffusion_stencil(double epsilon, double angle) {
  if (!(epsilon > 0) || !std::isfinite(epsilon) || !std::isfinite(angle)) {
    throw InputError("rotated_diffusion_stencil: given epsilon " + io::shortest(epsilon) + " and angle " +
                     io::shortest(angle) + ", expected a positive number and a finite one");
  }
  double const c = std::cos(angle), s = std::sin(angle);
  double const xx = c * c + epsilon * s * s, xy = (1 - epsilon) * s * c, yy = s * s + epsilon * c * c;
  // Bilinear elements integrate to these.
  return {4 * (xx + yy) / 3, (-2 * xx + yy) / 3, -(xx + yy) / 6 + xy / 2, (xx - 2 * yy) / 3, -(xx + yy) / 6 - xy / 2};
}

std::array<int, 3> cells_of(Grid const& grid) {
  grids::hierarchy_of(api::shape_of(grid), {.to_one_level = true});  // checks it
  std::array<int, 3> cells = {1, 1, 1};
  for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimensions == 3 ? 3 : 2); ++a) {
    auto const& ends = grid.sides[a];
    cells[a] = ends[0] == GridSide::periodic ? grid.points[a]
                                             : grid.points[a] - 1 + (ends[0] == GridSide::dirichlet ? 1 : 0) +
                                                   (ends[1] == GridSide::dirichlet ? 1 : 0);
  }
  return cells;
}

std::vector<double> diffusion_stencils(GridDiffusion const& given) {
  auto const& grid = given.grid;
  api::check_choice("scheme", given.scheme, GridScheme::elements);
  auto const cells = cells_of(grid);
  auto const points = grid.unknowns();
  require_length("conductivity", given.conductivity.size(), std::int64_t{cells[0]} * cells[1] * cells[2], "cell");
  if (!given.obstacle.empty()) require_length("obstacle", given.obstacle.size(), points, "point");
  for (int d = 0; d < grid.dimensions; ++d) {
    double const h = given.step[static_cast<std::size_t>(d)];
    if (!(h > 0) || !std::isfinite(h)) {
      throw InputError(std::string("diffusion_stencils: step along ") + "xyz"[d] + " is " + io::shortest(h) +
                       ", expected a positive number");
    }
  }
  auto const m = cell_matrix(grid.dimensions, given.scheme, given.step);
  std::vector<double> stencils(static_cast<std::size_t>(grid.entries() * points));
  std::int64_t cell = 0;
  for (int z = 0; z < cells[2]; ++z) {
    for (int y = 0; y < cells[1]; ++y) {
      for (int x = 0; x < cells[0]; ++x, ++cell) {
        double const k = given.conductivity[static_cast<std::size_t>(cell)];
        if (!(k >= 0) || !std::isfinite(k)) {
          throw InputError("diffusion_stencils: conductivity of cell (" + std::to_string(x) + ", " + std::to_string(y) +
                           (grid.dimensions == 3 ? ", " + std::to_string(z) : std::string()) + ") is " +
                           io::shortest(k) + ", expected 0 or more");
        }
        std::int64_t point[8];  // of each corner; -1: beyond a boundary, or an obstacle
        for (int c = 0; c < m.corners; ++c) {
          int at[3] = {x + (c & 1), y + (c >> 1 & 1), z + (c >> 2)};
          bool exists = true;
          for (std::size_t a = 0; a < static_cast<std::size_t>(grid.dimensions); ++a) {
            if (grid.sides[a][0] == GridSide::periodic) {
              at[a] %= grid.points[a];
            } else {
              if (grid.sides[a][0] == GridSide::dirichlet) --at[a];
              exists = exists && at[a] >= 0 && at[a] < grid.points[a];
            }
          }
          std::int64_t const p = at[0] + std::int64_t{grid.points[0]} * (at[1] + std::int64_t{grid.points[1]} * at[2]);
          exists = exists && (given.obstacle.empty() || given.obstacle[static_cast<std::size_t>(p)] == 0);
          point[c] = exists ? p : -1;
        }
        for (int i = 0; i < m.corners; ++i) {
          for (int j = 0; j < m.corners; ++j) {
            int const e =
                own_entry(grid.dimensions, (j & 1) - (i & 1), (j >> 1 & 1) - (i >> 1 & 1), (j >> 2) - (i >> 2));
            if (e < 0 || point[i] < 0 || point[j] < 0) continue;
            stencils[static_cast<std::size_t>(e * points + point[i])] += k * m.a[i][j];
          }
        }
      }
    }
  }
  return stencils;
}

}  // namespace metasolve
