// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "../ode.hpp"

namespace metasolve::kernels {

/// HIRES, the "high irradiance responses" of a plant to light (Schaefer, 1975; Hairer and Wanner, Solving ODEs II,
/// sect. IV.10; Mazzia and Magherini, Test Set for IVP Solvers). y7 + y8 is conserved.
struct Hires {
  static constexpr char const* name = "hires";
  static constexpr int size = 8;
  static constexpr int parameters = 0;
  static constexpr bool nonnegative = true;
  static constexpr double relaxation_range[] = {1, 2};  ///< paper, eq. 48
  static constexpr double initial_state[] = {1, 0, 0, 0, 0, 0, 0, 0.0057};
  static constexpr double end_time = 321.8122;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const&, F& f) {
    // Typed literals: single precision must stay in single precision.
    using real = typename NumberTraits<std::remove_cvref_t<decltype(f[0])>>::real;
    f[0] = real(-1.71) * y[0] + real(0.43) * y[1] + real(8.32) * y[2] + real(0.0007);
    f[1] = real(1.71) * y[0] - real(8.75) * y[1];
    f[2] = real(-10.03) * y[2] + real(0.43) * y[3] + real(0.035) * y[4];
    f[3] = real(8.32) * y[1] + real(1.71) * y[2] - real(1.12) * y[3];
    f[4] = real(-1.745) * y[4] + real(0.43) * y[5] + real(0.43) * y[6];
    auto const binding = real(280) * y[5] * y[7];
    f[5] = -binding + real(0.69) * y[3] + real(1.71) * y[4] - real(0.43) * y[5] + real(0.69) * y[6];
    f[6] = binding - real(1.81) * y[6];
    f[7] = -f[6];
  }
};

}  // namespace metasolve::kernels
