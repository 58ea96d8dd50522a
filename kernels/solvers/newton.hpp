// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "newton_like.hpp"

namespace metasolve::kernels {

/// Newton's method for g(y) = 0 by Gaussian elimination with partial pivoting: the baseline for Newton-SOR.
///   y <- clamp(y - r J^-1 g(y))
/// Forward only. A singular Jacobian gives numbers that are not finite.
template <System System_>
struct Newton : NewtonLike<System_> {
  using Base = NewtonLike<System_>;
  using Base::n;
  using typename Base::scalar;
  using typename Base::System;

  template <class T, class Task, class State>
  METASOLVE_INLINE METASOLVE_HD auto measure(T const&, Task data, State state) const {
    using Number = typename State::value_type;
    Number y[n], g[n];
    Base::copy(state, y);
    System::residual(data, y, g);
    return Base::norm(g);
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_INLINE METASOLVE_HD void step(T const&, Task data, Theta theta, Work, State state, Next next,
                                          Mask active) const {
    using Number = typename State::value_type;
    Number y[n], g[n], J[n][n];
    Base::copy(state, y);
    System::residual(data, y, g);
    System::jacobian(data, y, J);
    eliminate(J, g);
    for (int i = n - 1; i >= 0; --i) {
      for (int j = i + 1; j < n; ++j) g[i] -= J[i][j] * g[j];
      g[i] = approx_div(g[i], J[i][i]);
    }
    for (int i = 0; i < n; ++i) next[i] = select(active, Base::clamped(y[i] - theta[0] * g[i]), y[i]);
  }

 private:
  /// To upper triangular form. Each lane has its own pivots: rows are swapped by selection.
  template <class Number>
  METASOLVE_HD static void eliminate(Number (&J)[n][n], Number (&g)[n]) {
    for (int c = 0; c < n; ++c) {
      for (int i = c + 1; i < n; ++i) {
        auto const larger = J[i][c] * J[i][c] > J[c][c] * J[c][c];
        for (int j = c; j < n; ++j) exchange(larger, J[c][j], J[i][j]);
        exchange(larger, g[c], g[i]);
      }
      for (int i = c + 1; i < n; ++i) {
        Number const factor = approx_div(J[i][c], J[c][c]);
        for (int j = c + 1; j < n; ++j) J[i][j] -= factor * J[c][j];
        g[i] -= factor * g[c];
      }
    }
  }
  template <class Mask, class Number>
  METASOLVE_HD static void exchange(Mask where, Number& a, Number& b) {
    Number const first = a;
    a = select(where, b, a);
    b = select(where, first, b);
  }
};

}  // namespace metasolve::kernels
