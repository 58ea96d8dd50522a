// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../ode.hpp"

namespace metasolve::kernels {

/// The van der Pol oscillator (Hairer and Wanner, Solving ODEs II, sect. IV.10; Mazzia and Magherini, Test Set for IVP
/// Solvers; both with time in units of mu): slow phases of duration O(mu), separated by jumps of duration O(1 / mu).
struct VanDerPol {
  static constexpr char const* name = "van_der_pol";
  static constexpr int size = 2;
  static constexpr int parameters = 1;
  static constexpr double relaxation_range[] = {1, 2};  ///< paper, eq. 48
  static constexpr char const* parameter_names[] = {"mu"};
  static constexpr double default_parameters[] = {1000};
  static constexpr double initial_state[] = {2, 0};
  static constexpr double end_time = 2000;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = y[1];
    f[1] = p[0] * (1 - y[0] * y[0]) * y[1] - y[0];
  }
};

}  // namespace metasolve::kernels
