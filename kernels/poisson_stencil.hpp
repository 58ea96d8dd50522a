// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

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

  /// row(i, (A u)_i, 1 / A_ii) for each row, split over the team. A lone member carries the neighbours along, which
  /// saves two of three loads and changes no bit.
  template <class T, class Local, class State, class Row>
  METASOLVE_HD void for_each_row(T const& team, Local, State u, Row&& row) const {
    using Number = typename State::value_type;
    Number const half(scalar(0.5));
    if constexpr (T::is_solo) {
      Number left(scalar(0));
      Number centre = u[0];
      for (int i = 0; i + 1 < unknowns; ++i) {
        Number const right = u[i + 1];
        row(i, product(left, centre, right), half);
        left = centre;
        centre = right;
      }
      row(unknowns - 1, product(left, centre, Number(scalar(0))), half);
    } else {
      for_each(team, unknowns, [&](int i) { row(i, row_product(Local{}, i, u), half); });
    }
  }

  template <class Local, class State>
  METASOLVE_HD auto row_product(Local, int i, State u) const {
    using Number = typename State::value_type;
    Number const zero(scalar(0));
    return product(i > 0 ? u[i - 1] : zero, u[i], i + 1 < unknowns ? u[i + 1] : zero);
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

 private:
  template <class Number>
  METASOLVE_HD static Number product(Number left, Number centre, Number right) {
    return (centre + centre) - (left + right);
  }
};

}  // namespace metasolve::kernels
