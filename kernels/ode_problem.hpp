// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "implicit_euler.hpp"
#include "newton_sor.hpp"
#include "problem.hpp"

namespace metasolve::kernels {

/// Implicit Euler steps of a system that has a name, by Newton-SOR (paper, section 4.1 and appendix C.2). Columns:
/// those of ImplicitEuler::Row. Features: y_prev [n], log10 h, log10 p.
template <Ode O>
struct OdeProblem {
  using System = ImplicitEuler<O, double>;
  using Solver = NewtonSor<System>;
  static constexpr char const* name = O::name;
  static constexpr int columns = System::columns + O::size;
  static constexpr int parameters = 1 + O::size;
  static constexpr int features = O::size + 1 + O::parameters;
  static constexpr int feature_columns = System::columns;
  static constexpr int outputs = parameters;
  /// The paper's interval, eq. 48.
  static constexpr double lowest_relaxation = 1, highest_relaxation = 2;

  METASOLVE_HD static constexpr int parameter_column(int p) {
    return p == 0 ? System::relaxation_at : System::guess_at + p - 1;
  }

  /// Relaxation factor and guess; a task that failed is pulled to the constant factor `anchor`.
  static std::array<HeadEntry, parameters> head(double anchor = 1) {
    std::array<HeadEntry, parameters> entries;
    entries[0] = {HeadKind::interval, 0, lowest_relaxation, highest_relaxation, anchor};
    for (int i = 1; i < parameters; ++i) entries[static_cast<std::size_t>(i)] = {HeadKind::factor, i};
    return entries;
  }

  static void bind(Solver& solver, Columns<double, columns> const& tasks) { solver.system.row = tasks; }

  template <class Number>
  METASOLVE_HD static void features_of(Number const (&task)[feature_columns], Number (&x)[features]) {
    Number const per_decade(real_of<Number>(0.43429448190325182765));
    for (int i = 0; i < O::size; ++i) x[i] = task[System::state_at + i];
    x[O::size] = logarithm(task[System::step_at]) * per_decade;
    for (int i = 0; i < O::parameters; ++i) {
      x[O::size + 1 + i] = logarithm(task[System::parameters_at + i]) * per_decade;
    }
  }
};

}  // namespace metasolve::kernels
