#pragma once

#include <metasolve/train_problem.hpp>

/// The system to solve: here y_1 + k y_1^2 = a, y_2 = b + k y_1^2, with y_1 > 0.
/// <metasolve/kernels/problems/nonlinear_problem.hpp> documents the members of such a struct.
struct @Name@ {
  static constexpr char const* name = "@name@";
  static constexpr int size = 2;
  static constexpr int data = 3;  ///< k, a, b
  static constexpr int features = 3;
  static constexpr bool nonnegative = true;

  template <class C, class Y, class G>
  METASOLVE_HD static void residual(C const& c, Y const& y, G& g) {
    auto const product = c[0] * y[0] * y[0];
    g[0] = y[0] + product - c[1];
    g[1] = y[1] - product - c[2];
  }

  /// Quantities that vary over decades, as logarithms.
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = log(c[0]);
    x[1] = c[1];
    x[2] = c[2];
  }
};

/// Columns of a task: k, a, b, relaxation factor, guess y_1, y_2.
using @Name@Problem = metasolve::kernels::NonlinearProblem<@Name@>;
