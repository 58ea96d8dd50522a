// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/operators/shift.hpp"
#include "src/problems/iccg_choices.hpp"
#include "src/sparse/lower_pattern.hpp"

namespace metasolve::problems {

/// How systems are solved by conjugate gradients.
struct IccgSettings {
  PreconditionerKind preconditioner = PreconditionerKind::incomplete_cholesky;
  sparse::FillRule fill_rule;
  double shift = 0;  ///< alpha of the default parameters
  Batching batching = Batching::automatic;
  ShiftScale shift_scale = ShiftScale::absolute;

  /// As kernels take it.
  [[nodiscard]] double default_parameter() const {
    return shift_scale == ShiftScale::diagonal ? kernels::relative_shift(shift) : shift;
  }
};

}  // namespace metasolve::problems
