// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/hd.hpp"
#include "metasolve/types.hpp"

namespace metasolve::kernels {

using metasolve::Status;

/// Whether a task ended without a meaningful state.
METASOLVE_HD inline bool is_failure(Status status) {
  return status == Status::breakdown || status == Status::not_finite;
}

}  // namespace metasolve::kernels
