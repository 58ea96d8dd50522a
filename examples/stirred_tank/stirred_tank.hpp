// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/train_problem.hpp>

/// One implicit Euler step of an exothermic first-order reaction in a cooled, stirred tank (Uppal, Ray and Poore 1974),
/// dimensionless: conversion x and temperature y with
///   x' = -x + Da (1 - x) exp(y / (1 + y / 20)),   y' = -(1 + beta) y + B Da (1 - x) exp(y / (1 + y / 20)).
/// metasolve needs no other information.
struct StirredTank {
  static constexpr char const* name = "stirred_tank";
  static constexpr int size = 2;
  static constexpr int data = 6;  ///< Da, B, beta, h, and x and y at the beginning of the step
  static constexpr int features = 6;

  template <class C, class Y, class G>
  METASOLVE_HD static void residual(C const& c, Y const& y, G& g) {
    auto const rate = c[0] * (1 - y[0]) * exp(y[1] / (1 + y[1] * 0.05));
    g[0] = y[0] - c[4] - c[3] * (rate - y[0]);
    g[1] = y[1] - c[5] - c[3] * (c[1] * rate - (1 + c[2]) * y[1]);
  }

  /// r within (0, 2); the guess anywhere in the range of a tank with B < 5, not only near the beginning of the step.
  static std::array<metasolve::kernels::HeadEntry, 1 + size> head() {
    using metasolve::kernels::HeadKind;
    return {{{HeadKind::interval, 0, 0, 2, 1}, {HeadKind::interval, 1, 0, 1, 0.5}, {HeadKind::interval, 2, 0, 5, 2.5}}};
  }

  /// Quantities that vary over decades, as logarithms.
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    for (int i = 0; i < data; ++i) x[i] = i == 0 || i == 3 ? log(c[i]) : c[i];
  }
};

using TankProblem = metasolve::kernels::NonlinearProblem<StirredTank>;
