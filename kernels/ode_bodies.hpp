// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "implicit_euler.hpp"

/// Elementwise stages around implicit Euler steps. Rows: implicit_euler.hpp.
namespace metasolve::kernels {

/// of_row[c]: column c of one task a lane.
template <class Number, class Scalar, int columns>
METASOLVE_HD void gather_rows(BatchView<Scalar const> row, std::int64_t const (&task)[lanes_of<Number>],
                              Number (&of_row)[columns]) {
  for (int l = 0; l < lanes_of<Number>; ++l) {
    for (int c = 0; c < columns; ++c) set_lane(of_row[c], l, static_cast<scalar_of<Number>>(row(task[l], c)));
  }
}

/// features[task] = y_prev [n], log10 h, log10 p: what the meta-solver sees (paper, appendix C.2).
template <Ode O, class Scalar>
struct OdeFeatures {
  using scalar = Scalar;
  static constexpr auto name = "ode_features";
  static constexpr int width = O::size + 1 + O::parameters;
  BatchView<Scalar const> row;
  Scalar* features;  ///< [tasks][width]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    Number of_row[ImplicitEuler<O, Scalar>::columns], x[width];
    std::int64_t task[lanes_of<Number>];
    for (int l = 0; l < lanes_of<Number>; ++l) task[l] = column + l;
    gather_rows(row, task, of_row);
    compute(of_row, x);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      for (int i = 0; i < width; ++i) features[task[l] * width + i] = lane(x[i], l);
    }
  }

  /// From the rows of as many tasks as there are lanes.
  template <class Number>
  METASOLVE_HD static void compute(Number const (&of_row)[ImplicitEuler<O, Scalar>::columns], Number (&x)[width]) {
    using System = ImplicitEuler<O, Scalar>;
    Number const per_decade(real_of<Number>(0.43429448190325182765));
    for (int i = 0; i < O::size; ++i) x[i] = of_row[System::state_at + i];
    x[O::size] = logarithm(of_row[System::step_at]) * per_decade;
    for (int i = 0; i < O::parameters; ++i) {
      x[O::size + 1 + i] = logarithm(of_row[System::parameters_at + i]) * per_decade;
    }
  }
};

/// failures[task] += 1 where its last solve did not converge.
struct CountFailures {
  using scalar = double;
  static constexpr auto name = "count_failures";
  std::int32_t const* status;
  std::int32_t* failures;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) failures[column + l] += status[column + l] != 0 ? 1 : 0;
  }
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
