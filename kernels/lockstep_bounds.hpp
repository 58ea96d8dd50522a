// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_confirm.hpp"

/// What becomes of iterates that converge outside of their system's bounds (BoundedSolver).
namespace metasolve::kernels {

/// How often that has happened to each lane's task.
template <BoundedSolver S, class Number>
struct Confirmations<S, Number> {
  using scalar = scalar_of<Number>;
  static constexpr bool wanted = true;
  unsigned led = 0;      ///< lanes that were led back once
  unsigned refused = 0;  ///< that came to a root outside again

  template <class... More>
  METASOLVE_HD void begin(int l, More const&...) {
    led &= ~(1u << l);
    refused &= ~(1u << l);
  }

  /// As Confirmations of a ConfirmingSolver. Almost never finds one: what then happens is kept out of the iterations'
  /// registers.
  template <class T, class Work>
  METASOLVE_HD unsigned look(S const& solver, T const& team, Work& work, Number const& tolerance, unsigned finished,
                             unsigned, Number& L) {
    unsigned const arrived = finished & bits(L <= tolerance) & ~bits(L < Number(scalar(0)));
    if (arrived == 0) return finished;
    unsigned const outside = arrived & solver.outside(work.state());
    if (outside == 0) return finished;
    work.put();
    auto const led_back =
        lead_back(solver, team, work.near_task(), work.near_theta(), work.near_state(), tolerance, L, outside, led);
    work.fetch();
    L = led_back.L;
    led |= led_back.moved;
    refused |= led_back.refused;
    return finished & ~led_back.running;
  }

  METASOLVE_HD Status status(int l, scalar measure, scalar tolerance) const {
    Status const found = status_of(measure, tolerance);
    return (refused >> l & 1u) != 0 && found != Status::not_finite ? Status::breakdown : found;
  }

 private:
  struct LedBack {
    Number L;  ///< of the states as they are now
    unsigned moved, running, refused;
  };
  template <class T, class View>
  METASOLVE_RARE METASOLVE_HD static LedBack lead_back(S const& solver, T const& team, View task, View theta,
                                                       View state, Number tolerance, Number L, unsigned outside,
                                                       unsigned led) {
    LedBack to{L, 0, 0, 0};
    unsigned const doubted = outside & ~solver.is_solved_within(task, state, tolerance);
    to.moved = doubted & ~led;
    to.refused = doubted & led & solver.is_far_outside(task, state);
    if (to.moved == 0) return to;
    auto const moved = lanes_where<Number>(to.moved);
    solver.lead_back(theta, state, moved);
    team.sync();
    to.L = select(moved, solver.measure(team, task, state), L);
    to.running = to.moved & bits(to.L > tolerance && to.L < Number(infinity<scalar>()));
    return to;
  }
};

}  // namespace metasolve::kernels
