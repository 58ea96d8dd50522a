// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace metasolve::sparse {

/// A typical quadratic program's matrices, as places and values.
struct QpMatrices {
  struct Entry {
    std::int32_t row, column;
    double value;
  };
  int variables = 0, rows = 0;
  std::vector<Entry> p;  ///< one of p_ij and p_ji
  std::vector<Entry> a;
  std::span<double const> q;  ///< [variables], or empty: not known
};

/// What a program's rows and columns are scaled by, in the units of the given program.
struct QpScaling {
  std::vector<double> rows;     ///< E_i^2 / c: a row's penalty for the scaled program is multiplied by it
  std::vector<double> columns;  ///< c D_j^2: a regularisation of the scaled program's P is divided by it
};

/// Ruiz equilibration with a scaled objective (Stellato et al., Math. Prog. Comp. 12, 2020, algorithm 2): D, E and c
/// with which [c D P D, D A'E; E A D, 0] has columns of maximum norm about 1, and the scaled objective numbers of about
/// 1. Rows and columns of zeros are left as they are.
QpScaling equilibrated(QpMatrices const& qp, int passes = 10);

}  // namespace metasolve::sparse
