// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/hd.hpp"
#include "metasolve/types.hpp"

namespace metasolve::kernels {

using metasolve::Status;

inline constexpr int status_count = 7;

/// Whether a task ended without a meaningful state.
METASOLVE_HD inline bool is_failure(Status status) {
  return status == Status::breakdown || status == Status::not_finite;
}

/// Whether a task ended with a proof that it has no solution, which is then its result.
METASOLVE_HD inline bool is_certified(Status status) {
  return status == Status::primal_infeasible || status == Status::dual_infeasible;
}

}  // namespace metasolve::kernels
