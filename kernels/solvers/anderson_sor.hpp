// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "newton_sor.hpp"

namespace metasolve::kernels {

/// Newton-SOR with Anderson's acceleration of depth 1 (Anderson 1965; Walker and Ni 2011): from the second iteration on
///   x_k = y_k - r (D - r L)^-1 g_k,   y_{k+1} = clamp(x_k - gamma_k (x_k - x_{k-1})),   g_k = g(y_k),
/// where gamma_k minimises ||g_k - gamma (g_k - g_{k-1})||, the linearised measure: a factor that follows the residuals
/// from sweep to sweep. Parameters, measure, clamp and bounds are those of NewtonSor, and so is the first iteration.
/// State: y [n], the last g [n], the last x [n]. Adjoints: docs/adjoints/newton_sor.md.
template <System System_>
struct AndersonSor : NewtonSor<System_> {
  using Base = NewtonSor<System_>;
  using Base::n;
  using typename Base::scalar;
  using typename Base::System;

  static constexpr bool starts_cost_iterations = true;  ///< tasks take few

  METASOLVE_HD static constexpr int state_size() { return 3 * n; }
  METASOLVE_HD static constexpr int solution_size() { return n; }

  template <class T, class Task, class State>
  METASOLVE_HD void write_solution(T const& team, Task, State state, BatchView<scalar> solution,
                                   std::int64_t slot) const {
    for_each(team, n, [&](int i) { solution(slot, i) = state[i]; });
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const&, Task, Theta theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    for (int i = 0; i < n; ++i) {
      state[i] = select(fresh, Number(theta[1 + i]), Number(state[i]));
      forget(state, i, fresh);
    }
  }

  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_INLINE METASOLVE_HD void step(T const&, Task data, Theta theta, Work, State state, Next next,
                                          Mask active) const {
    using Number = typename State::value_type;
    Number y[n], g[n], delta[n], z[n];
    copy(state, y);
    Number const r = theta[0];
    System::residual(data, y, g);
    Base::correction(data, r, y, g, delta);
    auto const mix = mixing(state, g, z);
    for (int i = 0; i < n; ++i) {
      Number const x = y[i] - r * delta[i], last_g = state[n + i], last_x = state[2 * n + i];
      next[i] = select(active, clamped(x - mix.gamma * (x - last_x)), y[i]);
      next[n + i] = select(active, g[i], last_g);
      next[2 * n + i] = select(active, x, last_x);
    }
  }

  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const&, Task data, Theta theta, Work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar theta_bar, WorkBar, Mask active) const {
    using Number = typename NextBar::value_type;
    Number const zero(scalar(0));
    Number y[n], g[n], J[n][n], delta[n], z[n], bar[n], g_bar[n];
    copy(state, y);
    Number const r = theta[0];
    System::residual(data, y, g);
    Base::sweep(data, r, y, J, delta);
    auto const mix = mixing(state, g, z);
    // Through the clamp and the mixing.
    Number gamma_bar = zero;
    for (int i = 0; i < n; ++i) {
      Number const x = y[i] - r * delta[i], change = x - state[2 * n + i];
      Number const v_bar = select(inside(x - mix.gamma * change), Number(next_bar[i]), zero);
      gamma_bar -= v_bar * change;
      bar[i] = next_bar[2 * n + i] + v_bar - mix.gamma * v_bar;
      state_bar[2 * n + i] = select(active, mix.gamma * v_bar, zero);
    }
    // gamma = z' g / z' z, z = g - last g.
    Number const slope = select(mix.is_used, device_div(gamma_bar, mix.squares), zero);
    for (int i = 0; i < n; ++i) {
      Number const of_z = select(mix.is_used, z[i], zero);
      Number const z_bar = slope * (g[i] - mix.gamma * of_z - mix.gamma * of_z);
      g_bar[i] = next_bar[n + i] + slope * of_z + z_bar;
      state_bar[n + i] = select(active, -z_bar, zero);
    }
    Number const r_bar = Base::sweep_adjoint(data, r, y, J, delta, bar);
    for (int k = 0; k < n; ++k) {
      for (int i = 0; i < n; ++i) bar[k] += J[i][k] * g_bar[i];
      state_bar[k] = select(active, bar[k], zero);
    }
    theta_bar[0] += select(active, r_bar, zero);
  }

  /// The iterations before the reflection tell nothing of those after it.
  template <class Theta, class State, class Mask>
  METASOLVE_HD void lead_back(Theta theta, State state, Mask where) const requires BoundedSystem<System> {
    Base::lead_back(theta, state, where);
    for (int i = 0; i < n; ++i) forget(state, i, where);
  }

 private:
  using Base::clamped;
  using Base::copy;
  using Base::inside;

  /// No last iteration: g infinite, so that gamma is not finite and counts as 0.
  template <class State, class Mask>
  METASOLVE_HD static void forget(State state, int i, Mask where) {
    using Number = typename State::value_type;
    state[n + i] = select(where, Number(infinity<scalar>()), Number(state[n + i]));
    state[2 * n + i] = select(where, Number(scalar(0)), Number(state[2 * n + i]));
  }

  template <class Number>
  struct Mixing {
    Number gamma, squares;
    mask_of<Number> is_used;
  };
  /// z = g - last g.
  template <class State, class Number>
  METASOLVE_INLINE METASOLVE_HD static Mixing<Number> mixing(State state, Number const (&g)[n], Number (&z)[n]) {
    z[0] = g[0] - state[n];
    Number product = z[0] * g[0], squares = z[0] * z[0];
    for (int i = 1; i < n; ++i) {
      z[i] = g[i] - state[n + i];
      product += z[i] * g[i];
      squares += z[i] * z[i];
    }
    Number const gamma = approx_div(product, squares);
    auto const is_used = abs(gamma) < Number(infinity<scalar>());
    return {select(is_used, gamma, Number(scalar(0))), squares, is_used};
  }
};

}  // namespace metasolve::kernels
