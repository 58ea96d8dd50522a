// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../ode.hpp"

namespace metasolve::kernels {

/// The Oregonator, a model of the Belousov-Zhabotinskii reaction (Field and Noyes, 1974; Hairer and Wanner, Solving
/// ODEs II, sect. IV.10; Mazzia and Magherini, Test Set for IVP Solvers): a relaxation oscillator whose unknowns span
/// six powers of ten.
struct Orego {
  static constexpr char const* name = "orego";
  static constexpr int size = 3;
  static constexpr int parameters = 3;
  static constexpr bool nonnegative = true;
  static constexpr double relaxation_range[] = {1, 2};  ///< paper, eq. 48
  static constexpr char const* parameter_names[] = {"s", "q", "w"};
  static constexpr double default_parameters[] = {77.27, 8.375e-6, 0.161};
  static constexpr double initial_state[] = {1, 2, 3};
  static constexpr double end_time = 360;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = p[0] * (y[1] + y[0] * (1 - p[1] * y[0] - y[1]));
    f[1] = (y[2] - (1 + y[0]) * y[1]) / p[0];
    f[2] = p[2] * (y[0] - y[2]);
  }
};

}  // namespace metasolve::kernels
