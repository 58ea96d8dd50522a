// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "slab.hpp"

namespace flow {

inline constexpr int edge_rows = 4;  ///< that a slab receives: two on either side

/// Copies rows of all species between planes and a message: message[k] is row at[k] of the planes.
struct RowCopy {
  double* planes;   ///< [species][plane]
  double* message;  ///< [edge_rows][species][n]
  int at[edge_rows];
  bool sends;  ///< into the message; otherwise out of it
  Slab slab;

  FLOW_HD void operator()(int i) const {
    int const row = i / slab.n, k = row / species, s = row % species;
    double& in_plane = planes[s * slab.plane() + long{at[k]} * slab.n + i % slab.n];
    if (sends)
      message[i] = in_plane;
    else
      in_plane = message[i];
  }
  FLOW_HD int count() const { return edge_rows * species * slab.n; }
};

}  // namespace flow
