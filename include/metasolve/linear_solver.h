// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_LINEAR_SOLVER_H
#define METASOLVE_LINEAR_SOLVER_H

/// @file
/// The part of the C interface that matches linear_solver.hpp. metasolve.h includes it; either may be included.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Solves batches of linear systems A x = b whose matrices share one structural pattern, by a direct method or by a
/// preconditioned Krylov method. The pattern is analysed once, when the solver is created. Every task stops for itself,
/// and its result is bitwise the same alone and in any batch, on the same executor and with the same options.
typedef struct metasolve_linear_solver metasolve_linear_solver;

/// How the systems are solved.
enum metasolve_linear_method {
  METASOLVE_LINEAR_METHOD_AUTOMATIC = 0,  ///< by `matrix`: CHOLESKY, LDL, or LU (DENSE_LU up to 64 unknowns)
  METASOLVE_LINEAR_METHOD_CHOLESKY = 1,  ///< A = L L' (George and Liu, 1981), supernodal; A symmetric positive definite
  METASOLVE_LINEAR_METHOD_LDL = 2,       ///< A = L D L' without pivoting; A symmetric
  METASOLVE_LINEAR_METHOD_LU = 3,        ///< A = L U without pivoting, on the pattern of A + A'
  METASOLVE_LINEAR_METHOD_DENSE_LU = 4,  ///< with partial pivoting (Golub and Van Loan, algorithm 3.4.1); at most 64
                                         ///< unknowns
  METASOLVE_LINEAR_METHOD_CG = 5,        ///< conjugate gradients (Saad, algorithm 9.1); A symmetric positive definite
  METASOLVE_LINEAR_METHOD_BICGSTAB = 6,  ///< (van der Vorst, 1992), preconditioned from the right; an iteration has two
                                         ///< products with A
  METASOLVE_LINEAR_METHOD_GMRES = 7,  ///< GMRES(restart), modified Gram-Schmidt, preconditioned from the right (Saad,
                                      ///< algorithm 9.5)
};
/// What the caller knows about the matrices: which methods apply, and which entries are read.
enum metasolve_linear_matrix {
  METASOLVE_LINEAR_MATRIX_GENERAL = 0,            ///< every entry of the pattern is read
  METASOLVE_LINEAR_MATRIX_SYMMETRIC = 1,          ///< of a_ij and a_ji the lower one is read
  METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE = 2,  ///< likewise, and all eigenvalues are positive
};
/// In which order unknowns are eliminated.
enum metasolve_linear_ordering {
  METASOLVE_LINEAR_ORDERING_AUTOMATIC = 0,  ///< whichever of the others makes the factor cheapest; Krylov methods: RCM
  METASOLVE_LINEAR_ORDERING_NATURAL = 1,    ///< as given
  METASOLVE_LINEAR_ORDERING_RCM = 2,        ///< reverse Cuthill-McKee: a small band
  METASOLVE_LINEAR_ORDERING_AMD = 3,  ///< approximate minimum degree (Amestoy, Davis and Duff, 1996): little fill;
                                      ///< direct methods alone
};
/// Number format of factors and preconditioners. The residual, which decides, is always double.
enum metasolve_precision {
  METASOLVE_PRECISION_FULL = 0,   ///< double
  METASOLVE_PRECISION_MIXED = 1,  ///< float factors of direct methods, refined to the tolerance by double residuals
};

/// Which method, and how it works.
typedef struct metasolve_linear_options {
  size_t size;
  int32_t matrix;          ///< of metasolve_linear_matrix
  int32_t method;          ///< of metasolve_linear_method
  int32_t ordering;        ///< of metasolve_linear_ordering
  int32_t precision;       ///< of metasolve_precision
  int32_t keeps_factors;   ///< nonzero: direct methods store each task's factors for solve_again and gradient
  int32_t preconditioner;  ///< of metasolve_preconditioner (preconditioner.h), of CG, BICGSTAB and GMRES. AUTOMATIC:
                           ///< INCOMPLETE_CHOLESKY for CG, ILU for the others; neither takes the other's
  int32_t fill_level;      ///< 0 or more, of ILU and INCOMPLETE_CHOLESKY
  int32_t block_size;      ///< of BLOCK_JACOBI: unknowns that are consecutive in the caller's numbering, 1 to 16
  int32_t restart;         ///< of GMRES: iterations between restarts, 1 to 200
  int32_t reserved;        ///< 0: reserved for a later version
} metasolve_linear_options;
/// Each member's default.
#define METASOLVE_LINEAR_OPTIONS_DEFAULT                                                                            \
  {                                                                                                                 \
    sizeof(metasolve_linear_options), METASOLVE_LINEAR_MATRIX_GENERAL, METASOLVE_LINEAR_METHOD_AUTOMATIC,           \
        METASOLVE_LINEAR_ORDERING_AUTOMATIC, METASOLVE_PRECISION_FULL, 0, METASOLVE_PRECONDITIONER_AUTOMATIC, 0, 4, \
        30, 0                                                                                                       \
  }

/// The caller's tasks; arrays must stay valid until the executor has completed the call.
typedef struct metasolve_linear_tasks {
  size_t size;
  int64_t count;                      ///< 0 to the capacity
  metasolve_const_batch_view values;  ///< A [count][entries], in the pattern's order
  metasolve_const_batch_view rhs;     ///< b [count][N]
  metasolve_const_batch_view guess;   ///< x_0 [count][N] of Krylov methods; null: zeros. One that is not finite, or
                                      ///< whose residual overflows, makes its task not_finite
  metasolve_column shift;             ///< of ILU and INCOMPLETE_CHOLESKY, in units of the diagonal: alpha >= 0 is added
                                      ///< as alpha diag(A). If that has no factor, 0.001, doubled until it has one
  metasolve_column omega;             ///< of SSOR: 0 < omega < 2, else the task breaks down
} metasolve_linear_tasks;
/// Each member's default.
#define METASOLVE_LINEAR_TASKS_DEFAULT                                                                            \
  {                                                                                                               \
    sizeof(metasolve_linear_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 1, 0.0}, { NULL, 1, 1.0 } \
  }

/// The implicit gradient of x = A^-1 b (Giles, 2008, section 2.3.1).
typedef struct metasolve_linear_gradient {
  size_t size;
  metasolve_const_batch_view solution;      ///< x [count][N]; needed for values_bar
  metasolve_const_batch_view solution_bar;  ///< dF/dx [count][N]
  metasolve_batch_view rhs_bar;             ///< dF/db [count][N] = A^-T solution_bar; required
  metasolve_batch_view values_bar;  ///< dF/dA [count][entries] = -rhs_bar_i x_j at (i, j), in the pattern's order;
                                    ///< null: not computed. Symmetric, from the lower triangle alone: entries off the
                                    ///< diagonal hold the sum of both
} metasolve_linear_gradient;
/// Each member's default.
#define METASOLVE_LINEAR_GRADIENT_DEFAULT                                                       \
  {                                                                                             \
    sizeof(metasolve_linear_gradient), {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// pattern: symmetric matrices may have all entries, or only the lower triangle. options: null for the defaults.
/// Allocates all memory of the solver and synchronizes.
/// Fails: invalid_input (a malformed pattern, the message names its row; an option or the capacity out of range; a
/// method that does not apply to options->matrix; a meta-solver: metasolve_cg_solver takes one; a misaligned or too
/// small workspace), device_error, out_of_memory.
int metasolve_linear_solver_create(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                   metasolve_linear_options const* options, metasolve_setup const* setup,
                                   metasolve_linear_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_linear_solver_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                            metasolve_linear_options const* options, metasolve_setup const* setup,
                                            size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_linear_solver_release(metasolve_linear_solver* solver);

/// Returns N; 0 for null.
int metasolve_linear_solver_unknowns(metasolve_linear_solver const* solver);
/// Returns the method chosen, of metasolve_linear_method: AUTOMATIC only for null.
int metasolve_linear_solver_method(metasolve_linear_solver const* solver);
/// Returns the ordering chosen, of metasolve_linear_ordering: AUTOMATIC only for null.
int metasolve_linear_solver_ordering(metasolve_linear_solver const* solver);
/// Returns how many numbers a task's factors have; 0: no factors, or null.
int64_t metasolve_linear_solver_factor_entries(metasolve_linear_solver const* solver);

/// Solves. stopping: null for the defaults. results->measure is the true relative residual ||b - A x|| / ||b||,
/// computed from the x that is returned. Direct methods refine x while that lowers the residual and it exceeds the
/// tolerance: results->iterations counts refinements, at most min(max_iterations, 10). A task breaks down if a pivot is
/// zero, not finite, or (CHOLESKY) not positive; or if the factors grew so much that x is not backward stable, as where
/// pivoting would be needed. In Krylov methods it breaks down if its preconditioner has no factor (as for a zero on the
/// diagonal, a singular block, omega out of range); in CG if p'Ap <= 0: A is not positive definite; in BICGSTAB if no
/// step is possible from the residual even as a new shadow residual; in GMRES if A is singular on the subspace. A task
/// that cannot reach its tolerance in this precision ends as METASOLVE_STATUS_STAGNATED. b = 0 converges at once.
/// Fails: as metasolve_implicit_euler_solver_solve.
int metasolve_linear_solver_solve(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                  metasolve_stopping const* stopping, metasolve_results const* results);
/// The same. policy: null for the defaults; policy->online alone has an effect, on Krylov methods.
/// Fails: as solve, and invalid_input (policy->online given to a direct method).
int metasolve_linear_solver_solve_with_policy(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                              metasolve_stopping const* stopping, metasolve_results const* results,
                                              metasolve_policy const* policy);

/// Solves the tasks of the last `solve` for other right-hand sides, with the factors kept. tasks->values: as in that
/// call, for the residual. A task whose factorisation broke down does so again.
/// Fails: as solve, and invalid_input (the solver does not keep factors; tasks->count is not that of the last `solve`).
int metasolve_linear_solver_solve_again(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                        metasolve_stopping const* stopping, metasolve_results const* results);

/// Solves A' y = solution_bar for the tasks, by the solver's method; with kept factors, by these. tasks->rhs and
/// tasks->guess are not read. results: of these solves; results->solution is not used. A task that breaks down or is
/// not finite gets NaN.
/// Fails: as solve, and invalid_input (rhs_bar, solution_bar or, with values_bar, solution is null; with kept factors,
/// tasks->count is not that of the last `solve`).
int metasolve_linear_solver_gradient(metasolve_linear_solver* solver, metasolve_linear_tasks const* tasks,
                                     metasolve_linear_gradient const* gradient, metasolve_stopping const* stopping,
                                     metasolve_results const* results);

#ifdef __cplusplus
}
#endif

#endif
