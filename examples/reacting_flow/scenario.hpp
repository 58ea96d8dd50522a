// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/ranks.hpp>
#include <vector>

#include "slab.hpp"

namespace flow {

/// The simulated case on a slab of the grid: README.md explains these numbers. Host memory.
struct Scenario {
  std::vector<double> y;  ///< [species][plane] at time 0
  std::vector<double> c;  ///< [species][plane] rate constants c1, c2, c3
  std::vector<double> u;  ///< [plane] through the eastern face of each cell
  std::vector<double> v;  ///< [plane] through the northern face
  double fastest = 0;     ///< the largest |u| + |v| of all cells of the grid
  double diffusion = 0;
};

/// ranks: the processes that share the grid; null: this one alone. Collective.
Scenario make_scenario(Grid const& grid, Slab const& slab, metasolve::Ranks* ranks);

/// Step sizes that grow by a constant factor, from `first` to `last`.
double step_size(int step, int steps, double first, double last);

}  // namespace flow
