// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What a user may choose of conjugate gradients, beside the preconditioner (metasolve/preconditioner.h).
namespace metasolve::problems {

/// What a constant shift is measured in.
enum class ShiftScale {
  absolute,  ///< A + alpha I
  diagonal,  ///< A + alpha diag(A), alpha raised where no factor comes of it (kernels/operators/shift.hpp)
};

/// How tasks go side by side.
enum class Batching {
  automatic,       ///< by their size (goes_by_blocks in choose_batching.hpp)
  lockstep,        ///< a team or a SIMD lane each, near its numbers
  block_diagonal,  ///< all as one large system, step by step
};

}  // namespace metasolve::problems
