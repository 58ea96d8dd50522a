// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "solver.hpp"

namespace metasolve::kernels {

using metasolve::Measure;

/// Jacobi's method u_{k+1} = u_k + D^-1 (f - A u_k) for A u = f (Saad, Iterative Methods, eq. 4.4), a task a
/// right-hand side, for any operator (poisson_stencil.hpp, shared_csr.hpp). Parameter: the initial guess u_0.
/// Adjoints: docs/adjoints/jacobi.md.
///
/// task_data: [f (N), u (N, with relative_error), 1 / norm, operator's own].
template <class Operator>
struct Jacobi {
  using scalar = typename Operator::scalar;

  Operator matrix;
  Measure measure_kind = Measure::relative_error;
  BatchView<scalar const> force;     ///< f [tasks][N]
  BatchView<scalar const> solution;  ///< u [tasks][N]; null with relative_residual

  METASOLVE_HD int unknowns() const { return matrix.unknowns; }
  METASOLVE_HD int state_size() const { return unknowns(); }
  METASOLVE_HD int parameter_size() const { return unknowns(); }
  METASOLVE_HD int task_size() const { return norm_at() + 1 + matrix.local_size(); }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    bool const known = measure_kind == Measure::relative_error;
    scalar squares(0);
    for_each(team, unknowns(), [&](int i) {
      scalar const f = force(task, i);
      data[i] = f;
      scalar x = f;
      if (known) data[unknowns() + i] = x = solution(task, i);
      squares += x * x;
    });
    squares = team.sum(squares);
    scalar const inverse = scalar(1) / square_root(squares);
    if (team.rank() == 0) data[norm_at()] = inverse;
    // A norm of 0, or one that over- or underflows, leaves nothing to be relative to.
    bool const measurable = is_finite(inverse) && inverse > scalar(0);
    return matrix.load(team, task, data.from(norm_at() + 1)) && measurable;
  }

  template <class T, class Task, class Theta, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task, Theta theta, State state, Mask fresh) const {
    using Number = typename State::value_type;
    for_each(team, unknowns(), [&](int i) { state[i] = select(fresh, Number(theta[i]), Number(state[i])); });
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const& team, Task data, State state) const {
    using Number = typename State::value_type;
    bool const known = measure_kind == Measure::relative_error;
    auto const u = data.from(known ? unknowns() : 0);
    auto const local = data.from(norm_at() + 1);
    Number const squares = sum_over<Number>(team, unknowns(), [&](int i) {
      Number const e = known ? state[i] - u[i] : data[i] - matrix.row_product(local, i, state);
      return e * e;
    });
    return square_root(squares) * data[norm_at()];
  }

  /// (u_k - u) / ||u|| or (f - A u_k) / ||f||.
  METASOLVE_HD int residual_size() const { return unknowns(); }
  template <class T, class Task, class State, class Residual>
  METASOLVE_HD void residual(T const& team, Task data, State state, Residual r) const {
    using Number = typename State::value_type;
    bool const known = measure_kind == Measure::relative_error;
    auto const u = data.from(known ? unknowns() : 0);
    auto const local = data.from(norm_at() + 1);
    for_each(team, unknowns(), [&](int i) {
      Number const e = known ? state[i] - u[i] : data[i] - matrix.row_product(local, i, state);
      r[i] = e * data[norm_at()];
    });
  }

  template <class T, class Task, class Theta, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task data, Theta, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    matrix.for_each_update(team, data.from(norm_at() + 1), data, state,
                           [&](int i, Number before, Number after) { next[i] = select(active, after, before); });
  }

  template <class T, class Task, class Theta, class State, class ThetaBar>
  METASOLVE_HD void start_adjoint(T const& team, Task, Theta, State state_bar, ThetaBar theta_bar) const {
    for_each(team, unknowns(), [&](int i) { theta_bar[i] += state_bar[i]; });
  }

  /// relative_error: dL/du_k = (u_k - u) / (||u||^2 L). relative_residual: -A' r / (||f||^2 L). 0 where L is 0.
  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task data, State state, Number L, Number L_bar,
                                    StateBar state_bar) const {
    Number const inverse_norm = data[norm_at()];
    // Where nothing is asked for nothing may be added: state may be non-finite there.
    Number const zero(scalar(0));
    auto const wanted = (L_bar > zero || L_bar < zero) && L > zero;
    Number const factor = select(wanted, (L_bar * inverse_norm / L) * inverse_norm, zero);
    if (measure_kind == Measure::relative_error) {
      auto const u = data.from(unknowns());
      for_each(team, unknowns(), [&](int i) { state_bar[i] += select(wanted, factor * (state[i] - u[i]), zero); });
    } else {
      matrix.for_each_row_of_transpose(team, data.from(norm_at() + 1), [&](int i, auto&& row_of_transpose) {
        Number sum(scalar(0));
        row_of_transpose([&](int row, Number a_ri, Number) {
          sum += a_ri * (data[row] - matrix.row_product(data.from(norm_at() + 1), row, state));
        });
        state_bar[i] += select(wanted, Number(scalar(0)) - factor * sum, zero);
      });
    }
  }

  /// state_bar = (I - D^-1 A)' next_bar.
  template <class T, class Task, class Theta, class State, class NextBar, class StateBar, class ThetaBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task data, Theta, State, NextBar next_bar, StateBar state_bar, ThetaBar,
                                 Mask active) const {
    using Number = typename NextBar::value_type;
    matrix.for_each_row_of_transpose(team, data.from(norm_at() + 1), [&](int i, auto&& row_of_transpose) {
      Number sum(scalar(0));
      row_of_transpose(
          [&](int row, Number a_ri, Number inverse_diagonal) { sum += a_ri * (inverse_diagonal * next_bar[row]); });
      state_bar[i] = select(active, next_bar[i] - sum, Number(scalar(0)));
    });
  }

 private:
  METASOLVE_HD int norm_at() const { return measure_kind == Measure::relative_error ? 2 * unknowns() : unknowns(); }
};

}  // namespace metasolve::kernels
