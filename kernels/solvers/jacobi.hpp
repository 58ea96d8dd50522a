// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "../lockstep/solver.hpp"
#include "../operators/operator.hpp"

namespace metasolve::kernels {

using metasolve::Measure;

/// Jacobi's method u_{k+1} = u_k + D^-1 (f - A u_k) for A u = f (Saad, Iterative Methods, eq. 4.4), one right-hand side
/// per task, for any operator (operator.hpp). Parameter: the initial guess u_0. Adjoints: docs/adjoints/jacobi.md.
///
/// task_data: [f (N), u (N, with relative_error), 1 / norm, scale, operator's own]. If the squares of the norm would
/// overflow or underflow, scale is a power of two, which costs no digit, and norms are those of scaled vectors; else 1.
template <Operator A>
struct Jacobi {
  using scalar = typename A::scalar;
  static constexpr bool takes_dual_numbers = true;
  static constexpr bool keeps_vectors_alone = requires {
    requires A::local_size()
    == 0;
  };

  A matrix;
  Measure measure_kind = Measure::relative_error;
  BatchView<scalar const> rhs;       ///< f [tasks][N]
  BatchView<scalar const> solution;  ///< u [tasks][N]; null with relative_residual

  METASOLVE_HD int unknowns() const { return matrix.unknowns; }
  METASOLVE_HD int state_size() const { return unknowns(); }
  METASOLVE_HD int parameter_size() const { return unknowns(); }
  METASOLVE_HD int task_size() const { return local_at() + matrix.local_size(); }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    bool const known = measure_kind == Measure::relative_error;
    scalar squares(0);
    for_each(team, unknowns(), [&](int i) {
      scalar const f = rhs(task, i);
      data[i] = f;
      scalar x = f;
      if (known) data[unknowns() + i] = x = solution(task, i);
      squares += rounded_product(x, x);
    });
    squares = team.sum(squares);
    real const chosen = scale_for(squares);
    scalar const scale(chosen);
    if (chosen != real(1)) {
      auto const x = data.subview(known ? unknowns() : 0);  // written by this member
      squares = scalar(0);
      for_each(team, unknowns(), [&](int i) { squares += rounded_product(scale * x[i], scale * x[i]); });
      squares = team.sum(squares);
    }
    scalar const inverse = scalar(1) / sqrt(squares);
    if (team.rank() == 0) {
      data[norm_at()] = inverse;
      data[norm_at() + 1] = scale;
    }
    // With a norm that is 0 or not finite the measure is undefined. A solution that overflows makes the iterates not
    // finite, which is detected there.
    bool const measurable = is_finite(inverse) && (inverse > scalar(0) || known);
    return matrix.load(team, task, data.subview(local_at())) && measurable;
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task, Theta theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    for_each(team, unknowns(), [&](int i) { state[i] = select(fresh, Number(theta[i]), Number(state[i])); });
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const& team, Task data, State state) const {
    using Number = typename State::value_type;
    bool const known = measure_kind == Measure::relative_error;
    auto const u = data.subview(known ? unknowns() : 0);
    auto const local = data.subview(local_at());
    Number squares = sum_over<Number>(team, unknowns(), [&](int i) {
      Number const e = known ? state[i] - u[i] : data[i] - matrix.row_product(local, i, state);
      return e * e;
    });
    // Separate, so that ordinary tasks are not slowed down; the same on each member. Lanes without a task hold
    // anything.
    using Entry = std::remove_cvref_t<decltype(data[0])>;
    Entry const scale = data[norm_at() + 1];
    Entry const down{scalar(scale_down)}, up{scalar(scale_up)};
    auto const wanted = scale == down || scale == up;
    if (bits(wanted) != 0) {
      Number const scaled = sum_over<Number>(team, unknowns(), [&](int i) {
        Number const e = known ? state[i] - u[i] : data[i] - matrix.row_product(local, i, state);
        return (e * scale) * (e * scale);
      });
      // Far from the solution the scaled squares may overflow.
      Number const plain = sqrt(squares) * scale * data[norm_at()], fine = sqrt(scaled) * data[norm_at()];
      return select(wanted, select(scaled < Number(infinity<scalar>()), fine, plain), sqrt(squares) * data[norm_at()]);
    }
    return sqrt(squares) * data[norm_at()];
  }

  /// (u_k - u) / ||u|| or (f - A u_k) / ||f||.
  METASOLVE_HD int residual_size() const { return unknowns(); }
  template <class T, class Task, class State, class Residual>
  METASOLVE_HD void residual(T const& team, Task data, State state, Residual r) const {
    using Number = typename State::value_type;
    bool const known = measure_kind == Measure::relative_error;
    auto const u = data.subview(known ? unknowns() : 0);
    auto const local = data.subview(local_at());
    for_each(team, unknowns(), [&](int i) {
      Number const e = known ? state[i] - u[i] : data[i] - matrix.row_product(local, i, state);
      r[i] = e * data[norm_at() + 1] * data[norm_at()];
    });
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task data, Theta, Work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    matrix.for_each_update(team, data.subview(local_at()), data, state,
                           [&](int i, Number before, Number after) { next[i] = select(active, after, before); });
  }

  template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const& team, Task, Theta, Work, State state_bar, ThetaBar theta_bar,
                                  WorkBar) const {
    for_each(team, unknowns(), [&](int i) { theta_bar[i] += state_bar[i]; });
  }

  /// relative_error: dL/du_k = (u_k - u) / (||u||^2 L). relative_residual: -A' r / (||f||^2 L). 0 where L is 0.
  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const& team, Task data, State state, Number L, Number L_bar,
                                    StateBar state_bar) const {
    Number const inverse_norm = data[norm_at()], scale = data[norm_at() + 1];
    // Where L_bar is 0 nothing may be added: state may be non-finite there.
    Number const zero(scalar(0));
    auto const wanted = (L_bar > zero || L_bar < zero) && L > zero;
    Number const factor = select(wanted, (L_bar * inverse_norm / L) * inverse_norm * scale, zero);
    if (measure_kind == Measure::relative_error) {
      auto const u = data.subview(unknowns());
      for_each(team, unknowns(),
               [&](int i) { state_bar[i] += select(wanted, factor * (scale * (state[i] - u[i])), zero); });
    } else {
      matrix.for_each_row_of_transpose(team, data.subview(local_at()), [&](int i, auto&& row_of_transpose) {
        Number sum(scalar(0));
        row_of_transpose([&](int row, Number a_ri, Number) {
          sum += a_ri * (data[row] - matrix.row_product(data.subview(local_at()), row, state));
        });
        state_bar[i] += select(wanted, Number(scalar(0)) - factor * (scale * sum), zero);
      });
    }
  }

  /// state_bar = (I - D^-1 A)' next_bar.
  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const& team, Task data, Theta, Work, State, NextBar next_bar, StateBar state_bar,
                                 ThetaBar, WorkBar, Mask active) const {
    using Number = typename NextBar::value_type;
    matrix.for_each_row_of_transpose(team, data.subview(local_at()), [&](int i, auto&& row_of_transpose) {
      Number sum(scalar(0));
      row_of_transpose(
          [&](int row, Number a_ri, Number inverse_diagonal) { sum += a_ri * (inverse_diagonal * next_bar[row]); });
      state_bar[i] = select(active, next_bar[i] - sum, Number(scalar(0)));
    });
  }

 private:
  METASOLVE_HD int norm_at() const { return measure_kind == Measure::relative_error ? 2 * unknowns() : unknowns(); }
  METASOLVE_HD int local_at() const { return norm_at() + 2; }

  using real = real_of<scalar>;
  static constexpr bool is_double = sizeof(real) == 8;
  static constexpr real scale_down = is_double ? real(0x1p-600) : real(0x1p-90f);
  static constexpr real scale_up = real(1) / scale_down;

  /// 1 if the squares are far from the ends of their range, including those of errors and residuals at rounding level.
  METASOLVE_HD static real scale_for(scalar squares) {
    constexpr real most = is_double ? real(0x1p600) : real(0x1p60f);
    if (squares > scalar(most)) return scale_down;
    return squares < scalar(real(1) / most) ? scale_up : real(1);
  }
};

}  // namespace metasolve::kernels
