// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../lockstep/bounds.hpp"
#include "../simd/columns.hpp"
#include "../simd/team.hpp"
#include "../simd/view.hpp"
#include "ode.hpp"

namespace metasolve::kernels {

/// One step of the implicit Euler method as a nonlinear system (paper, eq. 14): g(y) = y - h f(t + h, y; p) - y_prev. A
/// task is a row of numbers: t, h, p [parameters], relaxation, y_prev [n], y_0 [n]; for systems see system.hpp.
template <Ode O, class Scalar>
struct ImplicitEuler {
  using scalar = Scalar;
  using bounds = BoundsOf<O>;
  static constexpr int size = O::size;

  /// Offsets in a row; the relaxation factor precedes y_prev so that the two are the solver's default parameters if the
  /// guess y_0 is y_prev. Rows in memory end there: `columns` numbers.
  static constexpr int time_at = 0, step_at = 1, parameters_at = 2;
  static constexpr int relaxation_at = parameters_at + O::parameters;
  static constexpr int state_at = relaxation_at + 1;
  static constexpr int columns = state_at + size;
  static constexpr int guess_at = columns;

  using Row = Columns<scalar, columns + size>;
  Row row;

  /// From rows [tasks][columns].
  static Row of_rows(scalar const* rows) {
    Row row = Row::of_rows(rows, columns);
    for (int i = 0; i < size; ++i) row.column[guess_at + i] = row.column[state_at + i];
    return row;
  }

  METASOLVE_HD static constexpr int task_size() { return 2 + O::parameters + size; }

  /// task_data: [t + h, h (1 if p includes it), p, y_prev]. False: h is not positive, or a number is not finite.
  template <class View>
  METASOLVE_HD bool load(std::int64_t task, View data) const {
    scalar const h = row(task, step_at);
    bool usable = h > scalar(0) && is_finite(h) && is_finite(row(task, time_at));
    data[0] = row(task, time_at) + h;
    data[1] = folds ? scalar(1) : h;
    for (int i = 0; i < O::parameters; ++i) {
      scalar const p = row(task, parameters_at + i);
      usable = usable && is_finite(p);
      data[2 + i] = folds ? h * p : p;
    }
    for (int i = 0; i < size; ++i) {
      scalar const y = row(task, state_at + i);
      usable = usable && is_finite(y);
      data[previous_at + i] = y;
    }
    return usable;
  }

  template <class Data, class Y, class Number>
  METASOLVE_HD static void residual(Data data, Y const& y, Number (&g)[size]) {
    Number f[size];
    O::rate(data[0], y, data.subview(2), f);
    for (int i = 0; i < size; ++i) {
      if constexpr (folds) {
        g[i] = y[i] - f[i] - data[previous_at + i];
      } else {
        g[i] = y[i] - data[1] * f[i] - data[previous_at + i];
      }
    }
  }

  template <class Data, class Y, class Number>
  METASOLVE_HD static void jacobian(Data data, Y const& y, Number (&J)[size][size]) {
    ode_jacobian<O>(data[0], y, data.subview(2), J);
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) {
        Number const of_f = folds ? J[i][j] : J[i][j] * data[1];
        J[i][j] = i == j ? Number(real_of<Number>(1)) - of_f : -of_f;
      }
    }
  }

  static constexpr bool has_jacobian_entries = HasJacobianEntries<O>;
  /// use(i, j, J[i][j]) in the order of ode.hpp.
  template <class Data, class Number, class Use>
  METASOLVE_INLINE METASOLVE_HD static void jacobian_entries(Data data, Number const (&y)[size], Use& use) {
    OfStep<Number, Use> of_step{folds ? Number(real_of<Number>(-1)) : -Number(data[1]), use};
    O::jacobian_entries(data[0], y, data.subview(2), of_step);
  }

  /// bar[k] += sum_ij w[i][j] d2g_i/(dy_j dy_k).
  template <class Data, class Y, class Number>
  METASOLVE_HD static void add_hessian_contraction(Data data, Y const& y, Number (&w)[size][size],
                                                   Number (&bar)[size]) {
    for (int i = 0; i < size; ++i) {
      for (int j = 0; j < size; ++j) w[i][j] = folds ? -w[i][j] : -w[i][j] * data[1];
    }
    add_ode_hessian_contraction<O>(data[0], y, data.subview(2), w, bar);
  }

  /// A step from a state outside the bounds may end outside by as much.
  template <class Data>
  METASOLVE_HD static auto allowed_excess(Data data) {
    return excess_of<bounds, typename Data::value_type>(data.subview(previous_at), size);
  }

 private:
  static constexpr bool folds = rate_is_linear_in_parameters<O>;
  static constexpr int previous_at = 2 + O::parameters;

  /// Converts entries of df/dy to those of I - h df/dy.
  template <class Number, class Use>
  struct OfStep {
    Number minus_h;
    Use& use;
    METASOLVE_INLINE METASOLVE_HD void operator()(int i, int j, Number const& of_f) {
      use(i, j, i == j ? Number(real_of<Number>(1)) + minus_h * of_f : minus_h * of_f);
    }
  };
};

}  // namespace metasolve::kernels
