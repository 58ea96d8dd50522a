// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "kernels/operators/shift.hpp"
#include "kernels/simd/columns.hpp"
#include "metasolve/cg_solver.hpp"

namespace metasolve::api {

/// A shift as kernels take it (kernels/operators/shift.hpp); NaN, of which no factor comes, for what is out of range.
struct ShiftConstant {
  kernels::Columns<double, 1> shift;
  CgSolver::ShiftScale scale = CgSolver::ShiftScale::automatic;

  METASOLVE_HD double operator()(std::int64_t task, int) const {
    using Scale = CgSolver::ShiftScale;
    double const alpha = shift(task, 0);
    if (!(alpha >= 0)) return kernels::infinity<double>() - kernels::infinity<double>();
    bool const is_relative = scale == Scale::diagonal || (scale == Scale::automatic && alpha == 0);
    return is_relative ? kernels::relative_shift(alpha) : alpha;
  }
};

}  // namespace metasolve::api
