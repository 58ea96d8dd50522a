// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator.hpp"

namespace metasolve::kernels {

/// The 1-D Poisson matrix A = tridiag(-1, 2, -1), not divided by h^2 (paper, appendix C.1), as a stencil.
template <class Scalar>
struct PoissonStencil {
  using scalar = Scalar;
  int unknowns = 0;

  METASOLVE_HD static constexpr int local_size() { return 0; }
  template <class T, class View>
  METASOLVE_HD static bool load(T const&, std::int64_t, View) {
    return true;
  }

  /// update(i, u_i, Jacobi's next u_i) for each row, split over the team; f [unknowns]. With A_ii = 2 the new value is
  /// (f_i + u_{i-1} + u_{i+1}) / 2. A single member reuses the neighbours: one load instead of three, bitwise the same.
  template <class T, class Local, class Force, class State, class Update>
  METASOLVE_HD void for_each_update(T const& team, Local, Force f, State u, Update&& update) const {
    using Number = typename State::value_type;
    Number const half(scalar(0.5)), zero(scalar(0));
    if constexpr (T::is_solo) {
      Number left = zero;
      Number centre = u[0];
      for (int i = 0; i + 1 < unknowns; ++i) {
        Number const right = u[i + 1];
        update(i, centre, half * (f[i] + (left + right)));
        left = centre;
        centre = right;
      }
      update(unknowns - 1, centre, half * (f[unknowns - 1] + (left + zero)));
    } else {
      for_each(team, unknowns, [&](int i) {
        Number const left = i > 0 ? u[i - 1] : zero;
        Number const right = i + 1 < unknowns ? u[i + 1] : zero;
        update(i, u[i], half * (f[i] + (left + right)));
      });
    }
  }

  /// (A u)_i.
  template <class Local, class State>
  METASOLVE_HD auto row_product(Local, int i, State u) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0));
    return (u[i] + u[i]) - ((i > 0 ? u[i - 1] : zero) + (i + 1 < unknowns ? u[i + 1] : zero));
  }

  /// column(i, visit) with visit(entry): entry(r, A_ri, 1 / A_rr) for each r with A_ri != 0. A is symmetric.
  template <class T, class Local, class Column>
  METASOLVE_HD void for_each_row_of_transpose(T const& team, Local, Column&& column) const {
    for_each(team, unknowns, [&](int i) {
      column(i, [&](auto&& entry) {
        if (i > 0) entry(i - 1, scalar(-1), scalar(0.5));
        entry(i, scalar(2), scalar(0.5));
        if (i + 1 < unknowns) entry(i + 1, scalar(-1), scalar(0.5));
      });
    });
  }
};
static_assert(Operator<PoissonStencil<double>>);

}  // namespace metasolve::kernels
