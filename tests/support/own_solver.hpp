// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metasolve/kernels/problems/problem.hpp"

/// A user-defined solver, written from scratch (kernels/lockstep/solver.hpp): square roots by Newton's method with a
/// relaxation factor,
///   x <- x - r (x - a / x) / 2,   until |x^2 - a| / a <= eps.
namespace metasolve::test {

struct SquareRoot {
  using scalar = double;
  static constexpr bool is_solo = true;
  kernels::Columns<double, 3> row;  ///< a, r, x_0

  METASOLVE_HD static constexpr int task_size() { return 1; }
  METASOLVE_HD static constexpr int state_size() { return 1; }
  METASOLVE_HD static constexpr int parameter_size() { return 2; }
  METASOLVE_HD bool admits(int p, double value) const { return p == 0 ? value > 0 && value < 2 : value > 0; }

  template <class T, class View>
  METASOLVE_HD bool load(T const&, std::int64_t task, View data) const {
    data[0] = row(task, 0);
    return data[0] > 0;
  }
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const&, Task, Theta theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    state[0] = kernels::select(fresh, Number(theta[1]), Number(state[0]));
  }
  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const&, Task data, State state) const {
    using Number = typename State::value_type;
    Number const off = state[0] * state[0] - data[0];
    return kernels::sqrt(off * off) / data[0];
  }
  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const&, Task data, Theta theta, Work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    Number const x = state[0];
    next[0] = kernels::select(active, x - theta[0] * Number(0.5) * (x - data[0] / x), x);
  }
  template <class T, class Task, class Theta, class Work, class State, class ThetaBar, class WorkBar>
  METASOLVE_HD void start_adjoint(T const&, Task, Theta, Work, State state_bar, ThetaBar theta_bar, WorkBar) const {
    theta_bar[1] += state_bar[0];
  }
  template <class T, class Task, class State, class Number, class StateBar>
  METASOLVE_HD void measure_adjoint(T const&, Task data, State state, Number, Number L_bar, StateBar state_bar) const {
    Number const slope = Number(2.0) * state[0] / data[0] * L_bar;
    state_bar[0] += kernels::select(state[0] * state[0] < data[0], -slope, slope);
  }
  template <class T, class Task, class Theta, class Work, class State, class NextBar, class StateBar, class ThetaBar,
            class WorkBar, class Mask>
  METASOLVE_HD void step_adjoint(T const&, Task data, Theta theta, Work, State state, NextBar next_bar,
                                 StateBar state_bar, ThetaBar theta_bar, WorkBar, Mask active) const {
    using Number = typename NextBar::value_type;
    Number const x = state[0], zero(0.0), half(0.5), quotient = data[0] / x;
    theta_bar[0] += kernels::select(active, -half * (x - quotient) * next_bar[0], zero);
    state_bar[0] =
        kernels::select(active, (Number(1.0) - theta[0] * half * (Number(1.0) + quotient / x)) * next_bar[0], zero);
  }
};

struct SquareRootProblem {
  using Solver = SquareRoot;
  static constexpr char const* name = "square_root";
  static constexpr int columns = 3, feature_columns = 1, parameters = 2, features = 1, outputs = 2;

  METASOLVE_HD static constexpr int parameter_column(int p) { return 1 + p; }
  static std::array<kernels::HeadEntry, parameters> head() {
    return {{{kernels::HeadKind::interval, 0, 0, 2, 1}, {kernels::HeadKind::factor, 1}}};
  }
  static void bind(Solver& solver, kernels::Columns<double, columns> const& tasks) { solver.row = tasks; }
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&task)[feature_columns], Number (&x)[features]) {
    x[0] = kernels::log(task[0]);
  }
};

}  // namespace metasolve::test
