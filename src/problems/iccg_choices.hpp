// SPDX-License-Identifier: Apache-2.0
#pragma once

/// User options of conjugate gradients, besides the preconditioner (metasolve/preconditioner.h).
namespace metasolve::problems {

/// Unit of a constant shift.
enum class ShiftScale {
  absolute,  ///< A + alpha I
  diagonal,  ///< A + alpha diag(A), alpha raised where factorization fails (kernels/operators/shift.hpp)
};

/// How tasks are batched.
enum class Batching {
  automatic,       ///< by their size (goes_by_blocks in choose_batching.hpp)
  lockstep,        ///< one team or SIMD lane per task, near its numbers
  block_diagonal,  ///< all tasks as one large system, step by step
};

}  // namespace metasolve::problems
