// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lockstep_arguments.hpp"

/// Confirmation of apparent convergence, for solvers that support it (ConfirmingSolver).
namespace metasolve::kernels {

/// The fraction of its tolerance to which a task continues before the next confirmation: leaves room for four times the
/// rounding error added to its measure, from before to found, but is at least the least share.
template <class Scalar>
METASOLVE_HD Scalar confirm_share(Scalar before, Scalar found, Scalar least) {
  Scalar const share = Scalar(1) - Scalar(4) * (found - before) / found;
  return share > least ? share : least;
}

/// Result of confirming a task.
enum class Verdict : unsigned char { ends, goes_on, stagnates };

/// measure: from this confirmation; last: from the previous one, which must be halved. arrived: the task was confirmed
/// because it reached its tolerance, not its limit.
template <class Scalar>
METASOLVE_HD Verdict verdict_on(Scalar measure, Scalar last, Scalar tolerance, bool arrived) {
  if (!arrived || !is_running(measure, tolerance)) return Verdict::ends;
  return measure <= Scalar(0.5) * last ? Verdict::goes_on : Verdict::stagnates;
}

/// Confirms nothing.
template <class S, class Number>
struct Confirmations {
  static constexpr bool wanted = false;
  METASOLVE_HD static void begin(int, scalar_of<Number>) {}
  METASOLVE_HD static Status status(int, scalar_of<Number> measure, scalar_of<Number> tolerance) {
    return status_of(measure, tolerance);
  }
};

/// State of the confirmations of each lane's task.
template <ConfirmingSolver S, class Number>
struct Confirmations<S, Number> {
  using scalar = scalar_of<Number>;
  static constexpr bool wanted = true;
  Number last{infinity<scalar>()};  ///< measure from the last confirmation
  Number goal{scalar(0)};           ///< the task's tolerance
  unsigned stagnated = 0, refused = 0;

  /// A new task in lane l.
  METASOLVE_HD void begin(int l, scalar tolerance) {
    set_lane(last, l, infinity<scalar>());
    set_lane(goal, l, tolerance);
    stagnated &= ~(1u << l);
    refused &= ~(1u << l);
  }

  /// For lanes that have stopped by their measure L (finished) or are at their limit (ended): stores the true measure
  /// in L where requested. Returns the lanes that have stopped by it. tolerance: at which lanes stop; may be lowered.
  /// Syncs.
  template <class T, class Work>
  METASOLVE_HD unsigned look(S const& solver, T const& team, Work& work, Number& tolerance, unsigned finished,
                             unsigned ended, Number& L) {
    unsigned const arrived = finished & bits(L <= tolerance) & ~bits(L < Number(scalar(0)));
    unsigned asked = arrived;
    if constexpr (requires { requires S::confirms_at_limit; }) asked |= ended & ~finished;
    if (asked == 0) return finished;
    team.sync();
    Number const found =
        solver.confirm(team, work.task(), work.theta(), work.workspace(), work.state(), lanes_where<Number>(asked));
    team.sync();
    unsigned resumed = 0;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      unsigned const bit = 1u << l;
      if ((asked & bit) == 0) continue;
      scalar const measure = lane(found, l), before = lane(L, l);
      set_lane(L, l, measure);
      if (measure < scalar(0)) refused |= bit;
      auto const verdict = verdict_on(measure, lane(last, l), lane(goal, l), (arrived & bit) != 0);
      if (verdict == Verdict::goes_on) {
        set_lane(last, l, measure);
        if constexpr (requires { S::confirm_margin; }) {
          set_lane(tolerance, l, confirm_share(before, measure, scalar(S::confirm_margin)) * lane(goal, l));
        }
        finished &= ~bit;
        resumed |= bit & ~ended;
      } else if (verdict == Verdict::stagnates) {
        stagnated |= bit;
      } else {
        finished |= bit;
      }
    }
    if constexpr (requires {
                    solver.resume(team, work.task(), work.theta(), work.workspace(), work.state(), resumed > 0u);
                  }) {
      if (resumed != 0) {
        solver.resume(team, work.task(), work.theta(), work.workspace(), work.state(), lanes_where<Number>(resumed));
        team.sync();
      }
    }
    return finished;
  }

  METASOLVE_HD Status status(int l, scalar measure, scalar) const {
    if ((stagnated >> l & 1u) != 0) return Status::stagnated;
    Status const found = status_of(measure, lane(goal, l));
    return (refused >> l & 1u) != 0 && found != Status::not_finite ? Status::breakdown : found;
  }
};

}  // namespace metasolve::kernels
