// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "implicit_euler.hpp"

/// Elementwise stages between the implicit Euler steps of trajectories. Rows: implicit_euler.hpp.
namespace metasolve::kernels {

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
