// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "../network/relaxation_head.hpp"
#include "../solvers/newton_sor.hpp"
#include "implicit_euler.hpp"
#include "problem.hpp"

namespace metasolve::kernels {

/// Implicit Euler steps of a named system by Newton-SOR (paper, section 4.1 and appendix C.2). Columns: those of
/// ImplicitEuler::Row: t, h, p, relaxation factor, y_prev [n], guess y_0 [n]. Features: y_prev [n], log10 h, log10 p.
/// Members of the system in addition to those in ode.hpp:
///
///   static constexpr char const* name                       required
///   static constexpr double relaxation_range[] = {1, 1.9};  range of the predicted r; default (0, 2)
///   static constexpr bool parameters_by_logarithm = false;  p itself is the feature, for p that can be 0 or negative
///   static std::array<HeadEntry, 1 + n> head()              as in nonlinear_problem.hpp
template <Ode O>
struct OdeProblem {
  static_assert(
      requires { O::name; },
      "OdeProblem: the system has no name; give the struct a line: static constexpr char const* name = \"...\";");
  using System = ImplicitEuler<O, double>;
  using Solver = NewtonSor<System>;
  static constexpr char const* name = O::name;
  static constexpr int columns = System::columns + O::size;
  static constexpr int parameters = 1 + O::size;
  static constexpr int features = O::size + 1 + O::parameters;
  static constexpr int feature_columns = System::columns;
  static constexpr int outputs = parameters;
  static constexpr bool parameters_by_logarithm = [] {
    if constexpr (requires { O::parameters_by_logarithm; }) {
      return O::parameters_by_logarithm;
    } else {
      return true;
    }
  }();

  METASOLVE_HD static constexpr int parameter_column(int p) {
    return p == 0 ? System::relaxation_at : System::guess_at + p - 1;
  }

  /// Relaxation factor and guess; failed tasks are pulled to the constant factor `anchor`.
  static std::array<HeadEntry, parameters> head(double anchor = 1) { return relaxation_head<O, parameters>(anchor); }

  static std::string column_name(int c) {
    auto const of = [](char const* what, int i) { return what + ("[" + std::to_string(i) + "]"); };
    if (c == System::time_at) return "time t";
    if (c == System::step_at) return "step h";
    if (c < System::relaxation_at) {
      int const i = c - System::parameters_at;
      if constexpr (requires { O::parameter_names[0]; }) return of("p", i) + " " + O::parameter_names[i];
      return of("p", i);
    }
    if (c == System::relaxation_at) return "relaxation factor";
    if (c < System::guess_at) return of("previous state y", c - System::state_at);
    return of("guess y_0", c - System::guess_at);
  }
  static std::string feature_name(int f) {
    if (f < O::size) return column_name(System::state_at + f);
    auto const name = column_name(f == O::size ? System::step_at : System::parameters_at + f - O::size - 1);
    return (f == O::size || parameters_by_logarithm ? "log10 of " : "") + name;
  }

  /// From rows [tasks][width]: all columns, or those of ImplicitEuler alone, with y_prev as the guess.
  static Columns<double, columns> of_rows(double const* rows, int width) {
    return width == System::columns ? System::of_rows(rows) : Columns<double, columns>::of_rows(rows, width);
  }

  static void bind(Solver& solver, Columns<double, columns> const& tasks) { solver.system.row = tasks; }

  template <class Number>
  METASOLVE_HD static void features_of(Number const (&task)[feature_columns], Number (&x)[features]) {
    Number const per_decade(real_of<Number>(0.43429448190325182765));
    for (int i = 0; i < O::size; ++i) x[i] = task[System::state_at + i];
    x[O::size] = log(task[System::step_at]) * per_decade;
    for (int i = 0; i < O::parameters; ++i) {
      Number const& p = task[System::parameters_at + i];
      x[O::size + 1 + i] = parameters_by_logarithm ? log(p) * per_decade : p;
    }
  }
};

}  // namespace metasolve::kernels
