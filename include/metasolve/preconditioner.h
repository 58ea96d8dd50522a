// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_PRECONDITIONER_H
#define METASOLVE_PRECONDITIONER_H

/// The preconditioners of conjugate gradients for C and for C++, side by side so that they are the same numbers. What
/// comes new goes to the end: programs that are compiled hold the numbers.

enum metasolve_preconditioner {
  METASOLVE_PRECONDITIONER_NONE = 0,
  METASOLVE_PRECONDITIONER_JACOBI = 1,               ///< the diagonal
  METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY = 2,  ///< of A + alpha I
};

#ifdef __cplusplus
namespace metasolve {

enum class PreconditionerKind {
  none = METASOLVE_PRECONDITIONER_NONE,
  jacobi = METASOLVE_PRECONDITIONER_JACOBI,                            ///< the diagonal
  incomplete_cholesky = METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY,  ///< of A + alpha I
};

}  // namespace metasolve
#endif

#endif
