// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/columns.hpp"
#include "shift.hpp"

namespace metasolve::kernels {

/// The caller's parameters of a Krylov solver: constants of an attempt (AttemptArguments). Column 0: the
/// preconditioner's parameter, a shift alpha >= 0 that is passed in the factorisation's form (shift.hpp), or another
/// number. The rest: the solver's own, as they are (KrylovSystems, CgSystems, Gmres).
struct KrylovConstants {
  Columns<double, 3> column;
  int first = 0;                     ///< the column of the solver's parameter 0: 1 if its preconditioner has none
  bool is_relative = false;          ///< shift: in units of the diagonal
  bool is_relative_at_zero = false;  ///< shift: 0 adds nothing, but is raised if it gives no factor
  bool is_as_given = false;          ///< column 0 is not a shift, but another parameter, whatever its value

  METASOLVE_HD double operator()(std::int64_t task, int p) const {
    double const value = column(task, first + p);
    if (first + p > 0 || is_as_given) return value;
    if (!(value >= 0)) return infinity<double>() - infinity<double>();  // gives no factor
    return is_relative || (is_relative_at_zero && value == 0) ? relative_shift(value) : value;
  }
  /// Of a shift, invalid ones are NaN by now.
  METASOLVE_HD static bool admits(int, double value) { return is_finite(value); }
};

}  // namespace metasolve::kernels
