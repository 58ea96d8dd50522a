// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/columns.hpp"
#include "shift.hpp"

namespace metasolve::kernels {

/// A caller's own shifts alpha >= 0 as the factorisation takes them (shift.hpp): constants of an attempt
/// (AttemptArguments). NaN, of which no factor comes, for what is out of range.
struct ShiftConstant {
  Columns<double, 1> shift;
  bool is_relative = false;          ///< in units of the diagonal
  bool is_relative_at_zero = false;  ///< 0 adds nothing, but is raised where no factor comes of it

  METASOLVE_HD double operator()(std::int64_t task, int) const {
    double const alpha = shift(task, 0);
    if (!(alpha >= 0)) return infinity<double>() - infinity<double>();
    return is_relative || (is_relative_at_zero && alpha == 0) ? relative_shift(alpha) : alpha;
  }
};

}  // namespace metasolve::kernels
