// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "../ode.hpp"

namespace metasolve::kernels {

/// Pollution, the chemistry of a model of air pollution (Verwer, Gauss-Seidel iteration for stiff ODEs from chemical
/// kinetics, SIAM J. Sci. Comput. 15, 1994; Mazzia and Magherini, Test Set for IVP Solvers): 25 reactions of 20
/// species, with rate constants k from 1e-4 to 4e11. In order: NO2, NO, O3P, O3, HO2, OH, HCHO, CO, ALD, MEO2, C2O3,
/// CO2, PAN, CH3O, HNO3, O1D, SO2, SO4, NO3, N2O5. The nitrogen in them is conserved, and the sulphur.
struct Pollution {
  static constexpr char const* name = "pollution";
  static constexpr int size = 20;
  static constexpr int parameters = 0;
  static constexpr bool nonnegative = true;
  static constexpr double relaxation_range[] = {1, 2};  ///< the paper's, eq. 48
  static constexpr double initial_state[] = {0, 0.2, 0, 0.04, 0, 0, 0.1,   0.3, 0.01, 0,
                                             0, 0,   0, 0,    0, 0, 0.007, 0,   0,    0};
  static constexpr double end_time = 60;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const&, F& f) {
    // Not plain literals: single precision must stay in single precision.
    using real = typename NumberTraits<std::remove_cvref_t<decltype(f[0])>>::real;
    auto const r1 = real(0.35) * y[0];
    auto const r2 = real(26.6) * y[1] * y[3];
    auto const r3 = real(1.23e4) * y[4] * y[1];
    auto const r4 = real(8.6e-4) * y[6];
    auto const r5 = real(8.2e-4) * y[6];
    auto const r6 = real(1.5e4) * y[6] * y[5];
    auto const r7 = real(1.3e-4) * y[8];
    auto const r8 = real(2.4e4) * y[8] * y[5];
    auto const r9 = real(1.65e4) * y[10] * y[1];
    auto const r10 = real(9e3) * y[10] * y[0];
    auto const r11 = real(0.022) * y[12];
    auto const r12 = real(1.2e4) * y[9] * y[1];
    auto const r13 = real(1.88) * y[13];
    auto const r14 = real(1.63e4) * y[0] * y[5];
    auto const r15 = real(4.8e6) * y[2];
    auto const r16 = real(3.5e-4) * y[3];
    auto const r17 = real(0.0175) * y[3];
    auto const r18 = real(1e8) * y[15];
    auto const r19 = real(4.44e11) * y[15];
    auto const r20 = real(1.24e3) * y[16] * y[5];
    auto const r21 = real(2.1) * y[18];
    auto const r22 = real(5.78) * y[18];
    auto const r23 = real(0.0474) * y[0] * y[3];
    auto const r24 = real(1.78e3) * y[18] * y[0];
    auto const r25 = real(3.12) * y[19];

    f[0] = -r1 - r10 - r14 - r23 - r24 + r2 + r3 + r9 + r11 + r12 + r22 + r25;
    f[1] = -r2 - r3 - r9 - r12 + r1 + r21;
    f[2] = -r15 + r1 + r17 + r19 + r22;
    f[3] = -r2 - r16 - r17 - r23 + r15;
    f[4] = -r3 + r4 + r4 + r6 + r7 + r13 + r20;
    f[5] = -r6 - r8 - r14 - r20 + r3 + r18 + r18;
    f[6] = -r4 - r5 - r6 + r13;
    f[7] = r4 + r5 + r6 + r7;
    f[8] = -r7 - r8;
    f[9] = -r12 + r7 + r9;
    f[10] = -r9 - r10 + r8 + r11;
    f[11] = r9;
    f[12] = -r11 + r10;
    f[13] = -r13 + r12;
    f[14] = r14;
    f[15] = -r18 - r19 + r16;
    f[16] = -r20;
    f[17] = r20;
    f[18] = -r21 - r22 - r24 + r23 + r25;
    f[19] = -r25 + r24;
  }
};

}  // namespace metasolve::kernels
