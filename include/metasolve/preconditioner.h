// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_PRECONDITIONER_H
#define METASOLVE_PRECONDITIONER_H

/// @file
/// The preconditioners of Krylov methods for C and C++, side by side so that their values match. Append new ones at the
/// end: compiled programs contain the values.

/// metasolve_cg_options takes the symmetric ones: all but ILU and AUTOMATIC.
enum metasolve_preconditioner {
  METASOLVE_PRECONDITIONER_NONE = 0,
  METASOLVE_PRECONDITIONER_JACOBI = 1,               ///< the diagonal
  METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY = 2,  ///< of A + alpha I
  METASOLVE_PRECONDITIONER_BLOCK_JACOBI = 3,         ///< the diagonal blocks of consecutive unknowns
  METASOLVE_PRECONDITIONER_SSOR = 4,                 ///< symmetric successive over-relaxation
  METASOLVE_PRECONDITIONER_ILU = 5,                  ///< incomplete LU of A + alpha diag(A)
  METASOLVE_PRECONDITIONER_AUTOMATIC = 6,            ///< incomplete Cholesky for cg, incomplete LU for the others
};

#ifdef __cplusplus
namespace metasolve {

/// LinearSolver::Options takes those that fit its method, CgSolver::Options the symmetric ones: all but ilu and
/// automatic.
enum class PreconditionerKind {
  none = METASOLVE_PRECONDITIONER_NONE,
  jacobi = METASOLVE_PRECONDITIONER_JACOBI,                            ///< the diagonal
  incomplete_cholesky = METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY,  ///< of A + alpha I
  block_jacobi = METASOLVE_PRECONDITIONER_BLOCK_JACOBI,  ///< the diagonal blocks of consecutive unknowns
  ssor = METASOLVE_PRECONDITIONER_SSOR,                  ///< symmetric successive over-relaxation
  ilu = METASOLVE_PRECONDITIONER_ILU,                    ///< incomplete LU of A + alpha diag(A)
  automatic = METASOLVE_PRECONDITIONER_AUTOMATIC,  ///< incomplete_cholesky for cg, ilu for the others
};

}  // namespace metasolve
#endif

#endif
