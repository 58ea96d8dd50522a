// SPDX-License-Identifier: Apache-2.0
#include "slab.hpp"

#include <stdexcept>
#include <string>

namespace flow {

namespace {

int first_row(Grid const& grid, int rank, int processes) { return static_cast<int>(long{grid.n} * rank / processes); }

}  // namespace

Slab slab_of(Grid const& grid, int rank, int processes) {
  if (processes > grid.n) {
    throw std::runtime_error("--grid " + std::to_string(grid.n) + " has fewer rows than there are processes, " +
                             std::to_string(processes));
  }
  int const first = first_row(grid, rank, processes);
  return {.n = grid.n,
          .first = first,
          .rows = first_row(grid, rank + 1, processes) - first,
          .halo = processes == 1 ? 0 : 2};
}

int owner_of(int row_of_grid, Grid const& grid, int processes) {
  // The last one whose first row, floor(n rank / processes), is not beyond.
  return static_cast<int>(((row_of_grid + long{1}) * processes - 1) / grid.n);
}

}  // namespace flow
