// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/poisson_stencil.hpp"
#include "jacobi.hpp"

namespace metasolve::kernels {

/// A u = f with A = tridiag(-1, 2, -1) by elimination without pivoting (Golub and Van Loan, section 4.3.6), measured as
/// Jacobi's method is. The state at the start is the solution; should its rounding exceed the tolerance, steps of
/// Jacobi's method follow. No parameters; forward only.
template <class Scalar>
struct PoissonElimination {
  using scalar = Scalar;
  static constexpr bool keeps_vectors_alone = true;

  Jacobi<PoissonStencil<Scalar>> jacobi;

  METASOLVE_HD int state_size() const { return jacobi.state_size(); }
  METASOLVE_HD int parameter_size() const { return 0; }
  METASOLVE_HD int task_size() const { return jacobi.task_size(); }

  template <class T, class View>
  METASOLVE_HD bool load(T const& team, std::int64_t task, View data) const {
    return jacobi.load(team, task, data);
  }

  /// One member eliminates: each row needs the one before.
  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const& team, Task data, Theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    if (team.rank() != 0) return;
    int const n = jacobi.unknowns();
    // The pivot of row i, counted from 0, is (i + 2) / (i + 1).
    Number carried(scalar(0));
    for (int i = 0; i < n; ++i) {
      carried = Number(data[i]) + Number(scalar(i) / scalar(i + 1)) * carried;
      state[i] = select(fresh, carried, Number(state[i]));
    }
    Number below(scalar(0));
    for (int i = n - 1; i >= 0; --i) {
      below = (Number(state[i]) + below) * Number(scalar(i + 1) / scalar(i + 2));
      state[i] = select(fresh, below, Number(state[i]));
    }
  }

  template <class T, class Task, class State>
  METASOLVE_HD auto measure(T const& team, Task data, State state) const {
    return jacobi.measure(team, data, state);
  }
  template <class T, class Task, class Theta, class Work, class State, class Next, class Mask>
  METASOLVE_HD void step(T const& team, Task data, Theta theta, Work work, State state, Next next, Mask active) const {
    jacobi.step(team, data, theta, work, state, next, active);
  }
};

}  // namespace metasolve::kernels
