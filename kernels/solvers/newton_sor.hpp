// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "newton_like.hpp"

namespace metasolve::kernels {

/// The one-step Newton-SOR method (Saad, Iterative Methods; paper, eqs. 45 and 46) for g(y) = 0:
///   y <- clamp(y - r (D - r L)^-1 g(y)),   J = D - L - U the Jacobian of g at y.
/// A task whose Jacobian has a zero on its diagonal breaks down there. Adjoints: docs/adjoints/newton_sor.md.
template <System System_>
struct NewtonSor : NewtonLike<System_> {
  using Base = NewtonLike<System_>;
  using Base::n;
  using typename Base::scalar;
  using typename Base::System;
  static constexpr bool takes_dual_numbers = true;

  template <class T, class Task, class State>
  METASOLVE_INLINE METASOLVE_HD auto measure(T const&, Task data, State state) const {
    using Number = typename State::value_type;
    Number y[n], g[n];
    copy(state, y);
    System::residual(data, y, g);
    auto const stuck = has_zero_on_diagonal(data, y);
    Number const L = norm(g);
    return select(stuck, -L, L);
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_INLINE METASOLVE_HD void step(T const&, Task data, Theta theta, Work, State state, Next next,
                                          Mask active) const {
    using Number = typename State::value_type;
    Number y[n], g[n], delta[n];
    copy(state, y);
    Number const r = theta[0];
    System::residual(data, y, g);
    correction(data, r, y, g, delta);
    for (int i = 0; i < n; ++i) next[i] = select(active, clamped(y[i] - r * delta[i]), y[i]);
  }

  template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const&, Task, Theta, Work, State state_bar, ThetaBar theta_bar, WorkBar) const {
    for (int i = 0; i < n; ++i) theta_bar[1 + i] += state_bar[i];
  }

  /// dL/dy = J' g / L.
  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const&, Task data, State state, Number L, Number L_bar,
                                    StateBar state_bar) const {
    Number const zero(scalar(0));
    auto const wanted = (L_bar > zero || L_bar < zero) && L > zero;
#if !defined(__CUDA_ARCH__)  // where a branch prevents the code on both sides of it from overlapping
    if (bits(wanted) == 0) return;
#endif
    Number y[n], g[n], J[n][n];
    copy(state, y);
    System::residual(data, y, g);
    System::jacobian(data, y, J);
    Number const factor = device_div(L_bar, L);
    for (int k = 0; k < n; ++k) {
      Number sum = J[0][k] * g[0];
      for (int i = 1; i < n; ++i) sum += J[i][k] * g[i];
      state_bar[k] += select(wanted, factor * sum, zero);
    }
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const&, Task data, Theta theta, Work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar theta_bar, WorkBar, Mask active) const {
    using Number = typename NextBar::value_type;
    Number const zero(scalar(0));
    Number y[n], J[n][n], delta[n], bar[n];
    copy(state, y);
    Number const r = theta[0];
    sweep(data, r, y, J, delta);
    for (int i = 0; i < n; ++i) bar[i] = select(inside(y[i] - r * delta[i]), Number(next_bar[i]), zero);
    Number const r_bar = sweep_adjoint(data, r, y, J, delta, bar);
    for (int k = 0; k < n; ++k) state_bar[k] = select(active, bar[k], zero);
    theta_bar[0] += select(active, r_bar, zero);
  }

 protected:
  using Base::clamped;
  using Base::copy;
  using Base::inside;
  using Base::norm;

  /// (D - r L) delta = g(y), from the first row down.
  template <class Task, class Number>
  METASOLVE_INLINE METASOLVE_HD void sweep(Task data, Number const& r, Number const (&y)[n], Number (&J)[n][n],
                                           Number (&delta)[n]) const {
    Number g[n];
    System::residual(data, y, g);
    System::jacobian(data, y, J);
    solve_triangle(r, g, J, delta);
  }

  /// (D - r L) delta = g, from the entries of J as they come where it is given by them.
  template <class Task, class Number>
  METASOLVE_INLINE METASOLVE_HD void correction(Task data, Number const& r, Number const (&y)[n], Number (&g)[n],
                                                Number (&delta)[n]) const {
    if constexpr (by_entries) {
      SweepByEntries<Number> rows{r, g, delta, Number(scalar(0))};
      System::jacobian_entries(data, y, rows);
    } else {
      Number J[n][n];
      System::jacobian(data, y, J);
      solve_triangle(r, g, J, delta);
    }
  }

  /// Of v = y - r delta, from `sweep`: bar holds v_bar and becomes y_bar. Returns r_bar.
  template <class Task, class Number>
  METASOLVE_HD Number sweep_adjoint(Task data, Number const& r, Number const (&y)[n], Number const (&J)[n][n],
                                    Number const (&delta)[n], Number (&bar)[n]) const {
    Number const zero(scalar(0));
    Number lambda[n], w[n][n];
    Number r_bar = zero;
    for (int i = 0; i < n; ++i) r_bar -= bar[i] * delta[i];
    // (D - r L)' lambda = -r bar.
    for (int i = n - 1; i >= 0; --i) {
      Number below = zero;
      for (int j = i + 1; j < n; ++j) below += J[j][i] * lambda[j];
      lambda[i] = approx_div(-r * (bar[i] + below), J[i][i]);
    }
    // Through the matrix D - r L, whose entries are r J below the diagonal and J on it, and through g.
    for (int i = 0; i < n; ++i) {
      Number left = zero;
      for (int j = 0; j < n; ++j) w[i][j] = zero;
      for (int j = 0; j < i; ++j) {
        left += J[i][j] * delta[j];
        w[i][j] = -r * lambda[i] * delta[j];
      }
      w[i][i] = -lambda[i] * delta[i];
      r_bar -= lambda[i] * left;
    }
    for (int k = 0; k < n; ++k) {
      for (int i = 0; i < n; ++i) bar[k] += J[i][k] * lambda[i];
    }
    System::add_hessian_contraction(data, y, w, bar);
    return r_bar;
  }

 private:
  /// Whether J is given entry by entry, so that no thread holds n x n entries.
  static constexpr bool by_entries = requires { requires System::has_jacobian_entries; };

  template <class Number>
  struct ZeroOnDiagonal {
    mask_of<Number> found{};
    METASOLVE_INLINE METASOLVE_HD void operator()(int i, int j, Number const& entry) {
      if (i == j) found = found || entry == Number(scalar(0));
    }
  };
  template <class Task, class Number>
  METASOLVE_INLINE METASOLVE_HD static auto has_zero_on_diagonal(Task data, Number const (&y)[n]) {
    if constexpr (by_entries) {
      ZeroOnDiagonal<Number> zero;
      System::jacobian_entries(data, y, zero);
      return zero.found;
    } else {
      Number J[n][n];
      System::jacobian(data, y, J);
      Number const zero(scalar(0));
      auto stuck = J[0][0] == zero;
      for (int i = 1; i < n; ++i) stuck = stuck || J[i][i] == zero;
      return stuck;
    }
  }

  /// As sweep, from entries row by row.
  template <class Number>
  struct SweepByEntries {
    Number const& r;
    Number (&g)[n];
    Number (&delta)[n];
    Number left;
    METASOLVE_INLINE METASOLVE_HD void operator()(int i, int j, Number const& entry) {
      if (j < i) left += entry * delta[j];
      if (j != i) return;
      delta[i] = approx_div(i == 0 ? g[i] : g[i] - r * left, entry);
      left = Number(scalar(0));
    }
  };

  template <class Number>
  METASOLVE_INLINE METASOLVE_HD static void solve_triangle(Number const& r, Number const (&g)[n],
                                                           Number const (&J)[n][n], Number (&delta)[n]) {
    for (int i = 0; i < n; ++i) {
      Number left(scalar(0));
      for (int j = 0; j < i; ++j) left += J[i][j] * delta[j];
      delta[i] = approx_div(i == 0 ? g[i] : g[i] - r * left, J[i][i]);
    }
  }
};

}  // namespace metasolve::kernels
