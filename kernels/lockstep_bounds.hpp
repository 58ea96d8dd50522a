// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_confirm.hpp"

/// What becomes of iterates that converge outside of their system's bounds (BoundedSolver).
namespace metasolve::kernels {

/// How often that has happened to each lane's task.
template <BoundedSolver S, class Number>
struct Confirmations<S, Number> {
  using scalar = scalar_of<Number>;
  static constexpr bool wanted = false;
  unsigned led = 0;      ///< lanes that were led back once
  unsigned refused = 0;  ///< that came to a root outside again

  template <class... More>
  METASOLVE_HD void begin(int l, More const&...) {
    led &= ~(1u << l);
    refused &= ~(1u << l);
  }
  METASOLVE_HD Status status(int l, scalar measure, scalar tolerance) const {
    Status const found = status_of(measure, tolerance);
    return (refused >> l & 1u) != 0 && found != Status::not_finite ? Status::breakdown : found;
  }

  /// Of lanes that have converged outside: those that end there all the same. The others go on from near memory.
  template <class T, class View>
  METASOLVE_HD unsigned settle(S const& solver, T const& team, View task, View theta, View state,
                               Number const& tolerance, unsigned outside) {
    unsigned const doubted = outside & ~solver.is_solved_within(task, state, tolerance);
    unsigned const moved = doubted & ~led;
    refused |= doubted & led & solver.is_far_outside(task, state);
    led |= moved;
    if (moved != 0) solver.lead_back(theta, state, lanes_where<Number>(moved));
    team.sync();
    return outside & ~moved;
  }
};

/// Of the lanes that have stopped: those that have converged outside of the bounds. Never any of another solver.
template <class S, class State, class Number>
METASOLVE_INLINE METASOLVE_HD inline unsigned strays_of(S const& solver, State state, Number const& L,
                                                        Number const& tolerance, unsigned finished) {
  if constexpr (BoundedSolver<S>) {
    unsigned const arrived = finished & bits(L <= tolerance) & ~bits(L < Number(scalar_of<Number>(0)));
    return arrived != 0 ? arrived & solver.outside(state) : 0u;
  } else {
    return 0;
  }
}

}  // namespace metasolve::kernels
