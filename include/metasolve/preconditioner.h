// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_PRECONDITIONER_H
#define METASOLVE_PRECONDITIONER_H

/// The preconditioners of conjugate gradients for C and for C++, side by side so that they are the same numbers. What
/// comes new goes to the end: programs that are compiled hold the numbers.

enum metasolve_preconditioner {
  metasolve_no_preconditioner = 0,
  metasolve_jacobi_preconditioner = 1,  ///< the diagonal
  metasolve_incomplete_cholesky = 2,    ///< of A + alpha I
};

#ifdef __cplusplus
namespace metasolve {

enum class PreconditionerKind {
  none = metasolve_no_preconditioner,
  jacobi = metasolve_jacobi_preconditioner,             ///< the diagonal
  incomplete_cholesky = metasolve_incomplete_cholesky,  ///< of A + alpha I
};

}  // namespace metasolve
#endif

#endif
