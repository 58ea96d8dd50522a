// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "implicit_euler.hpp"

/// Elementwise stages around implicit Euler steps. Rows: implicit_euler.hpp.
namespace metasolve::kernels {

/// features[task] = y_prev [n], log10 h, log10 p: what the meta-solver sees (paper, appendix C.2). Numbers that the
/// logarithm does not take give a non-finite feature, and their task the default parameters.
template <Ode O, class Scalar>
struct OdeFeatures {
  using scalar = Scalar;
  static constexpr auto name = "ode_features";
  static constexpr int width = O::size + 1 + O::parameters;
  BatchView<Scalar const> row;
  Scalar* features;  ///< [tasks][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    using System = ImplicitEuler<O, Scalar>;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const task = column + l;
      Scalar* const x = features + task * width;
      for (int i = 0; i < O::size; ++i) x[i] = row(task, System::state_at + i);
      x[O::size] = log10(row(task, System::step_at));
      for (int i = 0; i < O::parameters; ++i) x[O::size + 1 + i] = log10(row(task, System::parameters_at + i));
    }
  }

 private:
  METASOLVE_HD static Scalar log10(Scalar x) { return logarithm(x) * Scalar(0.43429448190325182765); }
};

/// To the next step: its start t and size h, and the solution of the last one as y_prev (null: y_prev stays).
template <Ode O>
struct NextStep {
  using scalar = double;
  static constexpr auto name = "next_step";
  double t, h;
  double const* solution;  ///< [tasks][n]
  double* row;             ///< [tasks][columns]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    using System = ImplicitEuler<O, double>;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const task = column + l;
      double* const to = row + task * System::columns;
      to[System::time_at] = t;
      to[System::step_at] = h;
      if (solution == nullptr) continue;
      for (int i = 0; i < O::size; ++i) to[System::state_at + i] = solution[task * O::size + i];
    }
  }
};

}  // namespace metasolve::kernels
