// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "../ode.hpp"

namespace metasolve::kernels {

/// Pollution, the chemistry of an air pollution model (Verwer, Gauss-Seidel iteration for stiff ODEs from chemical
/// kinetics, SIAM J. Sci. Comput. 15, 1994; Mazzia and Magherini, Test Set for IVP Solvers): 25 reactions of 20
/// species, with rate constants k from 1e-4 to 4e11. In order: NO2, NO, O3P, O3, HO2, OH, HCHO, CO, ALD, MEO2, C2O3,
/// CO2, PAN, CH3O, HNO3, O1D, SO2, SO4, NO3, N2O5. Nitrogen and sulphur are conserved.
struct Pollution {
  static constexpr char const* name = "pollution";
  static constexpr int size = 20;
  static constexpr int parameters = 0;
  static constexpr bool nonnegative = true;
  static constexpr double relaxation_range[] = {1, 2};  ///< paper, eq. 48
  static constexpr double initial_state[] = {0, 0.2, 0, 0.04, 0, 0, 0.1,   0.3, 0.01, 0,
                                             0, 0,   0, 0,    0, 0, 0.007, 0,   0,    0};
  static constexpr double end_time = 60;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const&, F& f) {
    // Typed literals: single precision must stay in single precision.
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

  template <class T, class Y, class P, class Use>
  METASOLVE_INLINE METASOLVE_HD static void jacobian_entries(T const&, Y const& y, P const&, Use& use) {
    using Number = std::remove_cvref_t<decltype(y[0])>;
    using real = real_of<Number>;
    // By the two unknowns of a reaction; with only one it is a constant.
    Number const r2_1 = real(26.6) * y[3], r2_3 = real(26.6) * y[1];
    Number const r3_4 = real(1.23e4) * y[1], r3_1 = real(1.23e4) * y[4];
    Number const r6_6 = real(1.5e4) * y[5], r6_5 = real(1.5e4) * y[6];
    Number const r8_8 = real(2.4e4) * y[5], r8_5 = real(2.4e4) * y[8];
    Number const r9_10 = real(1.65e4) * y[1], r9_1 = real(1.65e4) * y[10];
    Number const r10_10 = real(9e3) * y[0], r10_0 = real(9e3) * y[10];
    Number const r12_9 = real(1.2e4) * y[1], r12_1 = real(1.2e4) * y[9];
    Number const r14_0 = real(1.63e4) * y[5], r14_5 = real(1.63e4) * y[0];
    Number const r20_16 = real(1.24e3) * y[5], r20_5 = real(1.24e3) * y[16];
    Number const r23_0 = real(0.0474) * y[3], r23_3 = real(0.0474) * y[0];
    Number const r24_18 = real(1.78e3) * y[0], r24_0 = real(1.78e3) * y[18];
    use(0, 0, real(-0.35) - r10_0 - r14_0 - r23_0 - r24_0);
    use(0, 1, r2_1 + r3_1 + r9_1 + r12_1);
    use(0, 3, r2_3 - r23_3);
    use(0, 4, r3_4);
    use(0, 5, -r14_5);
    use(0, 9, r12_9);
    use(0, 10, r9_10 - r10_10);
    use(0, 12, Number(real(0.022)));
    use(0, 18, real(5.78) - r24_18);
    use(0, 19, Number(real(3.12)));
    use(1, 0, Number(real(0.35)));
    use(1, 1, -r2_1 - r3_1 - r9_1 - r12_1);
    use(1, 3, -r2_3);
    use(1, 4, -r3_4);
    use(1, 9, -r12_9);
    use(1, 10, -r9_10);
    use(1, 18, Number(real(2.1)));
    use(2, 0, Number(real(0.35)));
    use(2, 2, Number(real(-4.8e6)));
    use(2, 3, Number(real(0.0175)));
    use(2, 15, Number(real(4.44e11)));
    use(2, 18, Number(real(5.78)));
    use(3, 0, -r23_0);
    use(3, 1, -r2_1);
    use(3, 2, Number(real(4.8e6)));
    use(3, 3, real(-0.01785) - r2_3 - r23_3);
    use(4, 1, -r3_1);
    use(4, 4, -r3_4);
    use(4, 5, r6_5 + r20_5);
    use(4, 6, real(0.00172) + r6_6);
    use(4, 8, Number(real(1.3e-4)));
    use(4, 13, Number(real(1.88)));
    use(4, 16, r20_16);
    use(5, 0, -r14_0);
    use(5, 1, r3_1);
    use(5, 4, r3_4);
    use(5, 5, -r6_5 - r8_5 - r14_5 - r20_5);
    use(5, 6, -r6_6);
    use(5, 8, -r8_8);
    use(5, 15, Number(real(2e8)));
    use(5, 16, -r20_16);
    use(6, 5, -r6_5);
    use(6, 6, real(-0.00168) - r6_6);
    use(6, 13, Number(real(1.88)));
    use(7, 5, r6_5);
    use(7, 6, real(0.00168) + r6_6);
    use(7, 7, Number(real(0)));
    use(7, 8, Number(real(1.3e-4)));
    use(8, 5, -r8_5);
    use(8, 8, real(-1.3e-4) - r8_8);
    use(9, 1, r9_1 - r12_1);
    use(9, 8, Number(real(1.3e-4)));
    use(9, 9, -r12_9);
    use(9, 10, r9_10);
    use(10, 0, -r10_0);
    use(10, 1, -r9_1);
    use(10, 5, r8_5);
    use(10, 8, r8_8);
    use(10, 10, -r9_10 - r10_10);
    use(10, 12, Number(real(0.022)));
    use(11, 1, r9_1);
    use(11, 10, r9_10);
    use(11, 11, Number(real(0)));
    use(12, 0, r10_0);
    use(12, 10, r10_10);
    use(12, 12, Number(real(-0.022)));
    use(13, 1, r12_1);
    use(13, 9, r12_9);
    use(13, 13, Number(real(-1.88)));
    use(14, 0, r14_0);
    use(14, 5, r14_5);
    use(14, 14, Number(real(0)));
    use(15, 3, Number(real(3.5e-4)));
    use(15, 15, Number(real(-4.441e11)));
    use(16, 5, -r20_5);
    use(16, 16, -r20_16);
    use(17, 5, r20_5);
    use(17, 16, r20_16);
    use(17, 17, Number(real(0)));
    use(18, 0, r23_0 - r24_0);
    use(18, 3, r23_3);
    use(18, 18, real(-7.88) - r24_18);
    use(18, 19, Number(real(3.12)));
    use(19, 0, r24_0);
    use(19, 18, r24_18);
    use(19, 19, Number(real(-3.12)));
  }
};

}  // namespace metasolve::kernels
