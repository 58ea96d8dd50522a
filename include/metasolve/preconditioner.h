// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_PRECONDITIONER_H
#define METASOLVE_PRECONDITIONER_H

/// @file
/// The preconditioners of conjugate gradients for C and C++, side by side so that their values match. Append new ones
/// at the end: compiled programs contain the values.

/// What metasolve_cg_options takes.
enum metasolve_preconditioner {
  METASOLVE_PRECONDITIONER_NONE = 0,
  METASOLVE_PRECONDITIONER_JACOBI = 1,               ///< the diagonal
  METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY = 2,  ///< of A + alpha I
};

#ifdef __cplusplus
namespace metasolve {

/// What CgSolver::Options takes.
enum class PreconditionerKind {
  none = METASOLVE_PRECONDITIONER_NONE,
  jacobi = METASOLVE_PRECONDITIONER_JACOBI,                            ///< the diagonal
  incomplete_cholesky = METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY,  ///< of A + alpha I
};

}  // namespace metasolve
#endif

#endif
