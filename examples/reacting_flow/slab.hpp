// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "body.hpp"

namespace flow {

/// Rows of the grid: one process's own and, before and after them, those of others that its transport reads. A field is
/// a plane of (rows + 2 halo) x n numbers in row-major order; the planes of the species are contiguous.
struct Slab {
  int n = 0;      ///< cells along a row
  int first = 0;  ///< of its own rows, in the grid
  int rows = 0;   ///< its own, at least 1
  int halo = 0;   ///< rows of others on either side: 2; or 0: it is the whole grid, whose first row follows the last

  [[nodiscard]] long cells() const { return long{rows} * n; }  ///< its own
  FLOW_HD long plane() const { return long{rows + 2 * halo} * n; }
  [[nodiscard]] long start() const { return long{halo} * n; }  ///< its first own cell in a plane
  /// Its own row j and its neighbours, as rows of a plane.
  FLOW_HD Around around(int j) const { return halo == 0 ? wrapped(j, rows) : Around{j, j + 1, j + 2, j + 3, j + 4}; }
  /// The row of the grid that is this row of a plane.
  [[nodiscard]] int row_of_grid(int row) const { return (first - halo + row + n) % n; }
};

/// That of process `rank`. Slabs differ by one row at most. @throws std::runtime_error there are more processes than
/// rows
Slab slab_of(Grid const& grid, int rank, int processes);
/// The process that owns a row of the grid.
int owner_of(int row_of_grid, Grid const& grid, int processes);

}  // namespace flow
