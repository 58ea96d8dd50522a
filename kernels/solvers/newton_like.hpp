// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "../lockstep/bounds.hpp"
#include "../lockstep/solver.hpp"
#include "system.hpp"

namespace metasolve::kernels {

/// Common to Newton-like methods for g(y) = 0, n <= 32 unknowns. Parameters: relaxation factor r, then the initial
/// guess y_0 [n]. Measure: ||g||_2, absolute. The clamp to [low, high], if enabled, follows each iteration; the guess
/// is not clamped. One member per task.
///
/// If a system declares bounds, these are BoundedSolvers: an iteration that reaches a root outside does not count as
/// converged; y is reflected into the bounds and continues from there without over-relaxation.
template <System System_>
struct NewtonLike {
  using System = System_;
  using scalar = typename System::scalar;
  static constexpr int n = System::size;
  static constexpr bool is_solo = true;

  System system;
  bool clamps = false;
  scalar low = -infinity<scalar>(), high = infinity<scalar>();  ///< no clamp: no number exceeds them

  METASOLVE_HD static constexpr int task_size() { return System::task_size(); }
  METASOLVE_HD static constexpr int state_size() { return n; }
  METASOLVE_HD static constexpr int parameter_size() { return 1 + n; }

  /// Relaxation outside (0, 2) does not converge near a solution; a guess outside the clamp is invalid.
  METASOLVE_HD bool admits(int p, scalar value) const {
    if (p == 0) return value > scalar(0) && value < scalar(2);
    return !clamps || (value >= low && value <= high);
  }

  template <class T, class View>
  METASOLVE_HD bool load(T const&, std::int64_t task, View data) const {
    return system.load(task, data);
  }

  template <class T, class Task, class Theta, class Work, class State, class Mask>
  METASOLVE_HD void start(T const&, Task, Theta theta, Work, State state, Mask fresh) const {
    using Number = typename State::value_type;
    for (int i = 0; i < n; ++i) state[i] = select(fresh, Number(theta[1 + i]), Number(state[i]));
  }

  template <class State>
  METASOLVE_INLINE METASOLVE_HD unsigned outside(State state) const requires BoundedSystem<System> {
    using Number = typename State::value_type;
    unsigned found = 0;
    for (int i = 0; i < n; ++i) found |= System::bounds::outside(i, Number(state[i]));
    return found;
  }
  /// True if y is outside only because of the tolerance or rounding.
  template <class Task, class State, class Number>
  METASOLVE_HD unsigned is_solved_within(Task data, State state,
                                         Number const& tolerance) const requires BoundedSystem<System> {
    Number y[n], g[n];
    for (int i = 0; i < n; ++i) y[i] = System::bounds::held(i, Number(state[i]));
    System::residual(data, y, g);
    return bits(norm(g) <= Number(scalar(2)) * tolerance);
  }
  template <class Task, class State>
  METASOLVE_HD unsigned is_far_outside(Task data, State state) const requires BoundedSystem<System> {
    using Number = typename State::value_type;
    Number size(scalar(0));
    for (int i = 0; i < n; ++i) size += abs(Number(state[i]));
    Number allowed = Number(scalar(4) * std::numeric_limits<scalar>::epsilon()) * size;
    if constexpr (requires { System::allowed_excess(data); }) allowed += System::allowed_excess(data);
    return bits(excess_of<typename System::bounds, Number>(state, n) > allowed);
  }
  /// By reflection. Over-relaxation is the usual cause of roots outside.
  template <class Theta, class State, class Mask>
  METASOLVE_HD void lead_back(Theta theta, State state, Mask where) const requires BoundedSystem<System> {
    using Number = typename State::value_type;
    for (int i = 0; i < n; ++i) {
      Number const y = state[i];
      state[i] = select(where, clamped(System::bounds::reflected(i, y)), y);
    }
    Number const one(scalar(1)), r = theta[0];
    theta[0] = select(where, select(r > one, one, r), r);
  }

 protected:
  template <class State, class Number>
  METASOLVE_HD static void copy(State state, Number (&y)[n]) {
    for (int i = 0; i < n; ++i) y[i] = state[i];
  }
  template <class Number>
  METASOLVE_HD static Number norm(Number const (&g)[n]) {
    Number squares = g[0] * g[0];
    for (int i = 1; i < n; ++i) squares += g[i] * g[i];
    return approx_sqrt(squares);
  }

  /// NaN stays NaN.
  template <class Number>
  METASOLVE_HD Number clamped(Number const& y) const {
#if defined(__CUDA_ARCH__)
    // A device thread would also select by `clamps` each time; a CPU's loop hoists the test. The two comparisons are
    // independent: low <= high.
    Number const from(low), to(high);
    return select(y > to, to, select(y < from, from, y));
#else
    if (!clamps) return y;
    Number const from(low), to(high);
    Number const raised = select(y < from, from, y);
    return select(raised > to, to, raised);
#endif
  }
  template <class Number>
  METASOLVE_HD auto inside(Number const& y) const {
    return y >= Number(low) && y <= Number(high);
  }
};

}  // namespace metasolve::kernels
