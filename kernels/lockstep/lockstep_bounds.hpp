// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_confirm.hpp"

/// Handling of iterates that converge outside their system's bounds (BoundedSolver).
namespace metasolve::kernels {

/// How often that has happened to each lane's task.
template <BoundedSolver S, class Number>
struct Confirmations<S, Number> {
  using scalar = scalar_of<Number>;
  static constexpr bool wanted = false;
  unsigned led = 0;      ///< lanes led back once
  unsigned refused = 0;  ///< lanes that reached a root outside again
  unsigned settled = 0;  ///< lanes that end at their state outside

  template <class... More>
  METASOLVE_HD void begin(int l, More const&...) {
    led &= ~(1u << l);
    refused &= ~(1u << l);
    settled &= ~(1u << l);
  }
  METASOLVE_HD Status status(int l, scalar measure, scalar tolerance) const {
    Status const found = status_of(measure, tolerance);
    return (refused >> l & 1u) != 0 && found != Status::not_finite ? Status::breakdown : found;
  }

  /// The stopped lanes that have converged outside and were not handled there.
  template <class State>
  METASOLVE_INLINE METASOLVE_HD unsigned strays(S const& solver, State state, Number const& L, Number const& tolerance,
                                                unsigned finished) const {
    unsigned const arrived = finished & ~settled & bits(L <= tolerance) & ~bits(L < Number(scalar(0)));
    return arrived != 0 ? arrived & solver.outside(state) : 0u;
  }
  /// Handles them. Some continue from where they are led back; the others end when they are detected again.
  template <class T, class View>
  METASOLVE_HD void settle(S const& solver, T const& team, View task, View theta, View state, Number const& tolerance,
                           unsigned outside) {
    unsigned const doubted = outside & ~solver.is_solved_within(task, state, tolerance);
    unsigned const moved = doubted & ~led;
    refused |= doubted & led & solver.is_far_outside(task, state);
    led |= moved;
    settled |= outside & ~moved;
    if (moved != 0) solver.lead_back(theta, state, lanes_where<Number>(moved));
    team.sync();
  }
};

}  // namespace metasolve::kernels
