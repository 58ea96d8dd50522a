// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "metasolve/kernels/problems/problem.hpp"

/// A user-defined solver without adjoints, which takes dual numbers: cube roots by Newton's method with a relaxation
/// factor,
///   x <- x - r (x - a / x^2) / 3,   until |x^3 - a| / a <= eps.
namespace metasolve::test {

struct CubeRoot {
  using scalar = double;
  static constexpr bool is_solo = true, takes_dual_numbers = true;
  kernels::Columns<double, 3> row;  ///< a, r, x_0

  METASOLVE_HD static constexpr int task_size() { return 1; }
  METASOLVE_HD static constexpr int state_size() { return 1; }
  METASOLVE_HD static constexpr int parameter_size() { return 2; }

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
    Number const x = state[0], off = x * x * x - data[0];
    return kernels::sqrt(off * off) / data[0];
  }
  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const&, Task data, Theta theta, Work, State state, Next next, Mask active) const {
    using Number = typename State::value_type;
    Number const x = state[0], r = theta[0];
    next[0] = kernels::select(active, x - r * (x - data[0] / (x * x)) / Number(3.0), x);
  }
};

struct CubeRootProblem {
  using Solver = CubeRoot;
  static constexpr char const* name = "cube_root";
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
