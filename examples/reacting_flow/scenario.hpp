// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "body.hpp"

namespace flow {

/// The simulated case: README.md explains these numbers. Host memory.
struct Scenario {
  std::vector<double> y;  ///< [species][cells] at time 0
  std::vector<double> c;  ///< [species][cells] rate constants c1, c2, c3
  std::vector<double> u;  ///< [cells] through the eastern face of each cell
  std::vector<double> v;  ///< [cells] through the northern face
  double fastest = 0;     ///< the largest |u| + |v| of a cell
  double diffusion = 0;
};

Scenario make_scenario(Grid const& grid);

/// Step sizes that grow by a constant factor, from `first` to `last`.
double step_size(int step, int steps, double first, double last);

}  // namespace flow
