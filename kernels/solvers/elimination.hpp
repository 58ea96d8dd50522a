// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/number.hpp"

/// Small dense systems A x = b by Gaussian elimination with partial pivoting, a member per task.
namespace metasolve::kernels {

template <class Mask, class Number>
METASOLVE_HD void exchange(Mask where, Number& a, Number& b) {
  Number const first = a;
  a = select(where, b, a);
  b = select(where, first, b);
}

/// To upper triangular form. Each lane has its own pivots: rows are swapped by selection.
template <class Number, int n>
METASOLVE_HD void eliminate(Number (&A)[n][n], Number (&b)[n]) {
  for (int c = 0; c < n; ++c) {
    for (int i = c + 1; i < n; ++i) {
      auto const larger = A[i][c] * A[i][c] > A[c][c] * A[c][c];
      for (int j = c; j < n; ++j) exchange(larger, A[c][j], A[i][j]);
      exchange(larger, b[c], b[i]);
    }
    for (int i = c + 1; i < n; ++i) {
      Number const factor = approx_div(A[i][c], A[c][c]);
      for (int j = c + 1; j < n; ++j) A[i][j] -= factor * A[c][j];
      b[i] -= factor * b[c];
    }
  }
}

/// b becomes x, after eliminate.
template <class Number, int n>
METASOLVE_HD void substitute_back(Number const (&A)[n][n], Number (&b)[n]) {
  for (int i = n - 1; i >= 0; --i) {
    for (int j = i + 1; j < n; ++j) b[i] -= A[i][j] * b[j];
    b[i] = approx_div(b[i], A[i][i]);
  }
}

}  // namespace metasolve::kernels
