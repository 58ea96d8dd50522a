// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/columns.hpp"
#include "shift.hpp"

namespace metasolve::kernels {

/// The caller's shifts alpha >= 0 in the factorisation's form (shift.hpp): constants of an attempt (AttemptArguments).
/// NaN, which gives no factor, for values out of range.
struct ShiftConstant {
  Columns<double, 1> shift;
  bool is_relative = false;          ///< in units of the diagonal
  bool is_relative_at_zero = false;  ///< 0 adds nothing, but is raised if it gives no factor
  bool is_as_given = false;          ///< not a shift, but another parameter, whatever its value

  METASOLVE_HD double operator()(std::int64_t task, int) const {
    double const alpha = shift(task, 0);
    if (is_as_given) return alpha;
    if (!(alpha >= 0)) return infinity<double>() - infinity<double>();
    return is_relative || (is_relative_at_zero && alpha == 0) ? relative_shift(alpha) : alpha;
  }
};

}  // namespace metasolve::kernels
