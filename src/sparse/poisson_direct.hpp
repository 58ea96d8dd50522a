// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::sparse {

/// Solves tridiag(-1, 2, -1) u = f by elimination. rhs: f [unknowns]; solution: u [unknowns], may alias f.
inline void solve_poisson_directly(int unknowns, double const* rhs, double* solution) {
  // Elimination gives (i + 2) / (i + 1) on the diagonal of row i, counted from 0.
  double carried = 0;
  for (int i = 0; i < unknowns; ++i) solution[i] = carried = rhs[i] + carried * i / (i + 1.0);
  double above = 0;
  for (int i = unknowns - 1; i >= 0; --i) solution[i] = above = (solution[i] + above) * (i + 1.0) / (i + 2.0);
}

}  // namespace metasolve::sparse
