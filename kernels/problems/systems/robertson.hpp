// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../ode.hpp"

namespace metasolve::kernels {

/// Robertson's reaction (1966; paper, eq. 12): y1 -> y2 at rate c1 y1, y2 + y2 -> y3 + y2 at c2 y2^2,
/// y2 + y3 -> y1 + y3 at c3 y2 y3. The sum of y is conserved.
struct Robertson {
  static constexpr char const* name = "robertson";
  static constexpr int size = 3;
  static constexpr int parameters = 3;
  static constexpr bool nonnegative = true;
  static constexpr double relaxation_range[] = {1, 2};  ///< paper, eq. 48
  static constexpr bool rate_is_linear_in_parameters = true;
  static constexpr char const* parameter_names[] = {"c1", "c2", "c3"};
  static constexpr double default_parameters[] = {0.04, 3e7, 1e4};
  static constexpr double initial_state[] = {1, 0, 0};
  static constexpr double end_time = 1e4;
  static constexpr double lowest_exponents[] = {-4, 5, 2};  ///< paper, appendix C.2
  static constexpr double parameter_decades = 4;
  static constexpr bool is_clamped = true;  ///< as in the paper

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& c, F& f) {
    auto const back = c[2] * y[1] * y[2] - c[0] * y[0];
    auto const product = c[1] * y[1] * y[1];
    f[0] = back;
    f[1] = -back - product;
    f[2] = product;
  }

  template <class T, class Y, class P, class Number>
  METASOLVE_HD static void jacobian(T const&, Y const& y, P const& c, Number (&J)[3][3]) {
    Number const zero(real_of<Number>(0));
    Number const by_y2 = c[2] * y[2], by_y3 = c[2] * y[1], square = c[1] * y[1];
    J[0][0] = zero - c[0];
    J[0][1] = by_y2;
    J[0][2] = by_y3;
    J[1][0] = zero + c[0];
    J[2][0] = zero;
    J[2][1] = square + square;
    J[1][1] = -by_y2 - J[2][1];
    J[1][2] = -by_y3;
    J[2][2] = zero;
  }

  template <class T, class Y, class P, class Number>
  METASOLVE_HD static void add_hessian_contraction(T const&, Y const&, P const& c, Number const (&w)[3][3],
                                                   Number (&bar)[3]) {
    bar[1] += (w[0][2] - w[1][2]) * c[2] + (w[2][1] - w[1][1]) * (c[1] + c[1]);
    bar[2] += (w[0][1] - w[1][1]) * c[2];
  }
};

}  // namespace metasolve::kernels
