// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "elimination.hpp"
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
    substitute_back(J, g);
    for (int i = 0; i < n; ++i) next[i] = select(active, Base::clamped(y[i] - theta[0] * g[i]), y[i]);
  }
};

}  // namespace metasolve::kernels
