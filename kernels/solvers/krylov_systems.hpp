// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/general_matrix.hpp"
#include "../operators/preconditioner.hpp"
#include "../operators/system_scale.hpp"

namespace metasolve::kernels {

/// The systems A x = b, or A' x = b, that BiCGSTAB and GMRES solve, A general in a pattern shared by the batch, and the
/// data of one task: s A y = t b, scaled exactly. task_data: [s A (general_matrix.hpp), t b, scaling, y_0 if
/// takes_guess].
template <class Scalar, ForwardPreconditioner Preconditioner>
struct KrylovSystems {
  using scalar = Scalar;

  LowerPatternView matrix;
  BatchView<scalar const> values;                ///< [tasks][entries of the owner's pattern]
  BatchView<scalar const> rhs;                   ///< b [tasks][unknowns]
  BatchView<scalar const> guess;                 ///< x_0 [tasks][unknowns]; read if takes_guess
  std::int32_t const* place_of_value = nullptr;  ///< [general_values(matrix)] in a task's values; -1: it is 0
  std::int32_t const* unknown_at = nullptr;      ///< [unknowns] the owner's index of unknown i
  Preconditioner preconditioner;
  bool transposed = false;    ///< solve with A'
  bool takes_guess = false;   ///< else x_0 = 0
  bool scales_guess = false;  ///< with takes_guess: the last parameter is a factor on x_0

  METASOLVE_HD int unknowns() const { return matrix.unknowns; }
  METASOLVE_HD int task_size() const { return guess_at() + (takes_guess ? unknowns() : 0); }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    int const count = general_values(matrix), lower = matrix.entries, upper = upper_of_general(matrix);
    auto const value = [&](int e) {
      int const at = !transposed ? e : e < lower ? upper + e : e < upper ? e : e - upper;
      int const place = place_of_value[at];
      return place < 0 ? scalar(0) : values(task, place);
    };
    auto const b = [&](int i) { return rhs(task, unknown_at[i]); };
    auto const s = exact_scale<scalar>(team, count, unknowns(), value, b);
    for_each(team, count, [&](int e) { data[e] = s.matrix(value(e)); });
    for_each(team, unknowns(), [&](int i) { data[rhs_at() + i] = s.entry(b(i)); });
    if (takes_guess) {
      for_each(team, unknowns(), [&](int i) { data[guess_at() + i] = s.inward(guess(task, unknown_at[i])); });
    }
    if (team.rank() == 0) {
      data[inward_at()] = s.inward.first;
      data[inward_at() + 1] = s.inward.second;
      data[inverse_norm_at()] = s.inverse_norm;
    }
    return s.usable;
  }

  METASOLVE_HD int solution_size() const { return unknowns(); }
  /// x [unknowns], in its owner's numbering; y is the first part of the state.
  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task a, State state, BatchView<scalar> solution,
                                   std::int64_t slot) const {
    for_each(team, unknowns(), [&](int i) { solution(slot, unknown_at[i]) = solution_of(a, scalar(state[i])); });
  }

 protected:
  METASOLVE_HD int rhs_at() const { return general_values(matrix); }
  METASOLVE_HD int inverse_norm_at() const { return inward_at() + 2; }

  /// x_i from y_i.
  template <class Task, class Number>
  METASOLVE_HD Number solution_of(Task a, Number const& y) const {
    return outward(y, Number(a[inward_at()]), Number(a[inward_at() + 1]));
  }

  /// theta: the preconditioner's parameters, the factor on x_0, the solver's own. Sets y_0 in the lanes `fresh`, and
  /// residual = t b - s A y_0 in all. Returns its square, NaN if A is not finite: this differs from a breakdown. Called
  /// after a sync; syncs.
  template <class T, class Task, class Theta, class Y, class Residual, class Mask>
  METASOLVE_HD auto start_residual(T const& team, Task a, Theta theta, Y y, Residual residual, Mask fresh) const {
    using Number = typename Y::value_type;
    Number const zero(scalar(0));
    Number const of_guess = scales_guess ? Number(theta[preconditioner.parameter_size()]) : Number(scalar(1));
    auto const b = a.subview(rhs_at());
    Number const of_matrix = sum_over<Number>(team, general_values(matrix), [&](int e) { return a[e] * zero; });
    for_each(team, unknowns(), [&](int i) {
      Number const y_0 = takes_guess ? of_guess * Number(a[guess_at() + i]) : zero;
      y[i] = select(fresh, y_0, Number(y[i]));
    });
    team.sync();
    if (takes_guess) {
      general_product(team, matrix, a, a.subview(guess_at()), residual);
      team.sync();
    }
    // Apart from the sum, which a compiler would double for the two cases, and round differently in each.
    for_each(team, unknowns(),
             [&](int i) { residual[i] = takes_guess ? Number(b[i]) - of_guess * Number(residual[i]) : Number(b[i]); });
    team.sync();
    return of_matrix +
           sum_over<Number>(team, unknowns(), [&](int i) { return Number(residual[i]) * Number(residual[i]); });
  }

  /// residual = t b - s A y; the measure of that, infinite where x is not finite. square: ||residual||^2. Called after
  /// a sync; the caller syncs.
  template <class T, class Task, class Y, class Residual, class Number>
  METASOLVE_HD Number true_measure(T const& team, Task a, Y y, Residual residual, Number& square) const {
    Number const zero(scalar(0)), one(scalar(1));
    auto const b = a.subview(rhs_at());
    Number const lost = sum_over<Number>(team, unknowns(), [&](int i) {
      Number const x = solution_of(a, Number(y[i]));
      return select(x - x == zero, zero, one);
    });
    general_product(team, matrix, a, y, residual);
    team.sync();
    square = sum_over<Number>(team, unknowns(), [&](int i) {
      Number const r = Number(b[i]) - Number(residual[i]);
      residual[i] = r;
      return r * r;
    });
    return select(lost > zero, Number(infinity<scalar>()), measure_of(a, square));
  }

  /// residual = t b - s A y in twice the precision; where that is 0 it stays as it is: it is rounding error, and no
  /// step can change that. Returns its square. Called after a sync; the caller syncs.
  template <class T, class Task, class Y, class Residual, class Other>
  METASOLVE_HD auto doubled_measure(T const& team, Task a, Y y, Residual residual, Other doubled) const {
    using Number = typename Y::value_type;
    Number const zero(scalar(0));
    auto const b = a.subview(rhs_at());
    Number const squares = sum_over<Number>(team, unknowns(), [&](int i) {
      Number const r = doubled_general_residual<Number>(matrix, a, Number(b[i]), y, i);
      doubled[i] = r;
      return r * r;
    });
    return sum_over<Number>(team, unknowns(), [&](int i) {
      Number const r = select(squares > zero, Number(doubled[i]), Number(residual[i]));
      doubled[i] = r;
      return r * r;
    });
  }

  /// ||r|| from its square; squares about to underflow count as 0.
  template <class Number>
  METASOLVE_HD static Number norm_of(Number const& square) {
    return select(square < Number(scalar(least_squares)), Number(scalar(0)), sqrt(square));
  }
  /// ||r|| / ||t b||, from ||r||^2.
  template <class Task, class Number>
  METASOLVE_HD Number measure_of(Task a, Number const& square) const {
    return norm_of(square) * a[inverse_norm_at()];
  }

  /// The numbers after y in the state. put: in the lanes `where`; by one member.
  template <class State>
  METASOLVE_HD typename State::value_type number(State state, int which) const {
    return state[unknowns() + which];
  }
  template <class State, class Mask, class Number>
  METASOLVE_HD void put(State state, int which, Mask where, Number const& value) const {
    state[unknowns() + which] = select(where, value, Number(state[unknowns() + which]));
  }

  /// v = M^-1 v. Called after a sync; syncs.
  template <class T, class Work, class State>
  METASOLVE_HD void precondition(T const& team, Work work, State v) const {
    preconditioner.forward(team, work, v);
    preconditioner.backward(team, work, v);
  }

 private:
  METASOLVE_HD int inward_at() const { return rhs_at() + unknowns(); }
  METASOLVE_HD int guess_at() const { return inverse_norm_at() + 1; }
};

}  // namespace metasolve::kernels
