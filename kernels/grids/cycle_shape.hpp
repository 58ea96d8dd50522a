// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "smoothing_step.hpp"

/// What a multigrid cycle does, in which order.
namespace metasolve::kernels {

enum class CycleKind : std::int8_t { v, w, f };

/// Between levels: linear, or by the operator (operator_transfer.hpp).
enum class TransferKind : std::int8_t { linear, by_operator };

struct CycleShape {
  static constexpr int most_steps = 12;
  CycleKind kind = CycleKind::v;
  TransferKind transfer = TransferKind::linear;
  std::int16_t before = 1, after = 1;  ///< sweeps before and after the coarse correction; those after run backwards
  bool direct_coarsest = true;         ///< else the coarsest level is smoothed as others are
  bool is_singular = false;            ///< constants are in the null space
  std::int8_t steps = 0;               ///< of a sweep
  std::int16_t weights = 0;            ///< numbers of a level; each level has its own
  std::int16_t scale = -1;  ///< position of the weight on coarse corrections, which counts from 1 on; -1: none
  std::int16_t mixed = -1;  ///< of the mixed parts of the transfer; -1: none
  SmoothingStep step[most_steps];

  METASOLVE_HD bool has_lines(int axis) const {
    for (int s = 0; s < steps; ++s) {
      bool const may_be = step[s].axis == axis || (step[s].axis == strong_axis && axis < 2);
      if (step[s].kind == StepKind::lines && may_be) return true;
    }
    return false;
  }
  /// Sets the strong axis of a task.
  METASOLVE_HD void set_strong_axis(int axis) {
    for (int s = 0; s < steps; ++s) {
      if (step[s].axis == strong_axis) step[s].axis = static_cast<std::int8_t>(axis);
    }
  }
  METASOLVE_HD bool has_lines() const { return has_lines(0) || has_lines(1) || has_lines(2); }
  METASOLVE_HD bool corrects_with_weights() const { return scale >= 0 || mixed >= 0; }
  /// Whether the cycle is a symmetric operator, as a preconditioner of conjugate gradients must be.
  /// On one level a sweep's steps may be the same to both sides: one step, or polynomials in D^-1 A.
  METASOLVE_HD bool is_symmetric() const {
    if (before == after) return kind != CycleKind::f || !direct_coarsest;
    bool commutes = !direct_coarsest && steps > 0;
    for (int s = 0; s < steps; ++s) {
      commutes = commutes && !step[s].is_partial && (steps == 1 || step[s].kind == StepKind::diagonal);
    }
    return commutes;
  }
};

/// Calls in the order of a cycle, or of its transpose, visitor.
///   step(level, s, from_zero)     smooths by step s; from_zero: the level's u is 0
///   descend(level, from_zero)     restricts the residual to the right-hand side of level + 1
///   coarsest(level)               solves
///   correct(level)                adds the correction of level + 1
template <class Visitor>
METASOLVE_HD void walk_cycle(GridHierarchy const& h, CycleShape const& shape, bool transposed, Visitor& visitor) {
  int const before = transposed ? shape.after : shape.before, after = transposed ? shape.before : shape.after;
  int const last = h.levels - 1;
  bool is_full[GridHierarchy::most_levels] = {};  // the pass that runs is one of an F-cycle
  std::int8_t passes_left[GridHierarchy::most_levels] = {};
  is_full[0] = shape.kind == CycleKind::f;
  int l = 0;
  bool from_zero = true;
  auto const sweep_after = [&](int level) {
    for (int k = 0; k < after; ++k) {
      for (int s = shape.steps - 1; s >= 0; --s) visitor.step(level, s, false);
    }
  };
  for (;;) {
    if (l == last && shape.direct_coarsest) {
      visitor.coarsest(l);
    } else {
      for (int k = 0; k < before; ++k) {
        for (int s = 0; s < shape.steps; ++s) {
          visitor.step(l, s, from_zero);
          from_zero = false;
        }
      }
      if (l < last) {
        visitor.descend(l, from_zero);
        bool const twice = l + 1 < last && (shape.kind == CycleKind::w || is_full[l]);
        passes_left[l + 1] = twice ? 1 : 0;
        is_full[l + 1] = is_full[l] && !transposed;
        ++l;
        from_zero = true;
        continue;
      }
      if (from_zero) {  // only sweeps after
        for (int k = 0; k < after; ++k) {
          for (int s = shape.steps - 1; s >= 0; --s) {
            visitor.step(l, s, from_zero);
            from_zero = false;
          }
        }
      } else {
        sweep_after(l);
      }
    }
    for (;;) {
      if (l == 0) return;
      if (passes_left[l] > 0) {
        --passes_left[l];
        is_full[l] = shape.kind == CycleKind::f && transposed;
        from_zero = false;
        break;
      }
      --l;
      visitor.correct(l);
      sweep_after(l);
    }
  }
}

}  // namespace metasolve::kernels
