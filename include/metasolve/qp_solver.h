// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_QP_SOLVER_H
#define METASOLVE_QP_SOLVER_H

/// @file
/// The part of the C interface that matches qp_solver.hpp. metasolve.h includes it; either may be included.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Solves batches of convex quadratic programs
///     minimise x'P x / 2 + q'x  subject to  l <= A x <= u
/// by the alternating direction method of multipliers as OSQP iterates (Stellato et al., Math. Prog. Comp. 12, 2020),
/// with a penalty rho for each row of A. x has n numbers, A has m rows. All tasks share the patterns of P and A. Every
/// task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and with the
/// same options.
typedef struct metasolve_qp_solver metasolve_qp_solver;

/// What the tasks have in common, and a typical task. Host memory, copied; each array of numbers may be null.
typedef struct metasolve_qp_problem {
  size_t size;
  metasolve_pattern const* p;  ///< n x n: the lower triangle, all entries, or the upper triangle; of p_ij and p_ji the
                               ///< lower one is read. Entries of the diagonal may be absent
  metasolve_pattern const* a;  ///< m x n by rows, `unknowns` being m; any entries. Null: no rows
  double const* p_values;      ///< [entries of P] of a typical task; with a_values for the scaling
  double const* q;             ///< [n]
  double const* a_values;      ///< [entries of A]
  double const* lower;         ///< [m], with upper: rows with the same bounds are equalities, those with infinite ones
  double const* upper;         ///< [m]   unbounded; only speed depends on it
} metasolve_qp_problem;
/// Each member's default.
#define METASOLVE_QP_PROBLEM_DEFAULT \
  { sizeof(metasolve_qp_problem), NULL, NULL, NULL, NULL, NULL, NULL, NULL }

/// How tasks are solved. Arrays: host memory, copied.
typedef struct metasolve_qp_options {
  size_t size;
  double rho;    ///< > 0: where a call has no tasks->rho; 0: automatic: of 13 values from 0.001 to 1000, the one that
                 ///< takes the typical task to 1e-5 in the fewest iterations
  double sigma;  ///< > 0: added to the diagonal of P in each iteration's system
  double absolute;               ///< OSQP's eps_abs / eps_rel, >= 0
  double equality;               ///< > 0: on the penalties of equality rows
  double unbounded;              ///< > 0: the penalty of unbounded rows
  double certificate_tolerance;  ///< of certificates that a task has no solution; 0: none are looked for
  double guess_rho;              ///< > 0: by which a predicted start is split into z and y; 0: that of the training
  double const* row_weights;     ///< [m] in place of the classes of rows and the scaling; null: none, or with a
                                 ///< meta-solver those of its training
  int32_t const* penalty_group;  ///< [m] which of the tasks' rho a row uses, from 0 on; null: one group, or with a
                                 ///< meta-solver those of its training
  int32_t const* shift_x;        ///< [n] where a shifted guess of x_j is, -1: 0; null: not shifted
  int32_t const* shift_y;        ///< [m] likewise
  int32_t scaling;               ///< nonzero: penalties are scaled by a Ruiz equilibration of the typical task
  int32_t codebook;              ///< entries of set_codebook; 0: none
} metasolve_qp_options;
/// Each member's default.
#define METASOLVE_QP_OPTIONS_DEFAULT \
  { sizeof(metasolve_qp_options), 0.0, 1e-6, 1.0, 1e3, 1e-6, 1e-4, 0.0, NULL, NULL, NULL, NULL, 1, 0 }

/// The caller's tasks; arrays must stay valid until the executor has completed the call.
typedef struct metasolve_qp_tasks {
  size_t size;
  int64_t count;                        ///< 0 to the capacity
  metasolve_const_batch_view p_values;  ///< [count][entries of P]; task_stride 0: one P for all
  metasolve_const_batch_view a_values;  ///< [count][entries of A]; task_stride 0: one A for all
  metasolve_const_batch_view q;         ///< [count][n]
  metasolve_const_batch_view lower;     ///< l [count][m]; -infinity: no bound; null: none has
  metasolve_const_batch_view upper;     ///< u [count][m]; infinity: no bound; null: none has
  metasolve_const_batch_view rho;       ///< [count][groups] > 0; task_stride 0: the same for all; null: the solver's
  metasolve_column alpha;               ///< over-relaxation, above 0 and below 2; 0: 1.6, or that of the training
  metasolve_const_batch_view guess;     ///< [count][n + m]: x_0, then y_0; null: zeros
  metasolve_int_column entry;           ///< of the codebook; -1: the nearest to rho
  metasolve_const_batch_view scales;    ///< [count][2] s_p, s_d > 0, in place of OSQP's rule
  metasolve_const_batch_view features;  ///< [count][F] of setup->meta_solver
  int32_t shifts_guess;                 ///< nonzero: guess is of the step before (shift_x, shift_y)
  int32_t reserved;                     ///< 0: reserved for a later version
} metasolve_qp_tasks;
/// Each member's default.
#define METASOLVE_QP_TASKS_DEFAULT                                                                                     \
  {                                                                                                                    \
    sizeof(metasolve_qp_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, \
        {NULL, 1, 0.0}, {NULL, 0, 1}, {NULL, 1, -1}, {NULL, 0, 1}, {NULL, 0, 1}, 0, 0                                  \
  }

/// Penalties whose factors are kept, for tasks with one P and A: arrays accessible to the executor.
typedef struct metasolve_qp_codebook {
  size_t size;
  metasolve_const_batch_view rho;       ///< [options->codebook][groups] > 0
  metasolve_const_batch_view p_values;  ///< [1][entries of P]
  metasolve_const_batch_view a_values;  ///< [1][entries of A]
} metasolve_qp_codebook;
/// Each member's default.
#define METASOLVE_QP_CODEBOOK_DEFAULT                                         \
  {                                                                           \
    sizeof(metasolve_qp_codebook), {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// options: null for the defaults. Allocates all memory of the solver and synchronizes.
/// Fails: invalid_input (a malformed pattern, the message names its row; an array of other indices or numbers; an
/// option or the capacity out of range; a meta-solver of another problem; a misaligned or too small workspace),
/// device_error, out_of_memory.
int metasolve_qp_solver_create(metasolve_executor const* executor, metasolve_qp_problem const* problem,
                               metasolve_qp_options const* options, metasolve_setup const* setup,
                               metasolve_qp_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_qp_solver_workspace_bytes(metasolve_executor const* executor, metasolve_qp_problem const* problem,
                                        metasolve_qp_options const* options, metasolve_setup const* setup,
                                        size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_qp_solver_release(metasolve_qp_solver* solver);

/// Returns n; 0 for null.
int metasolve_qp_solver_variables(metasolve_qp_solver const* solver);
/// Returns m; 0 for null.
int metasolve_qp_solver_rows(metasolve_qp_solver const* solver);
/// Returns the number of groups of penalties; 0 for null.
int metasolve_qp_solver_groups(metasolve_qp_solver const* solver);
/// Returns the penalty of tasks without one; 0 for null.
double metasolve_qp_solver_rho(metasolve_qp_solver const* solver);
/// Returns how many numbers the factor of a task's system has; 0 for null.
int64_t metasolve_qp_solver_factor_entries(metasolve_qp_solver const* solver);
/// [m] on the host, valid as long as the solver: what a row's rho is multiplied by; where negative, minus its penalty.
/// Null for null.
double const* metasolve_qp_solver_row_weights(metasolve_qp_solver const* solver);

/// Factors the systems of each entry. The arrays are not needed after the call. An entry whose P + sigma I + A' rho A
/// is not positive definite breaks down the tasks that use it. Fails: as solve, and invalid_input (options->codebook is
/// 0).
int metasolve_qp_solver_set_codebook(metasolve_qp_solver* solver, metasolve_qp_codebook const* codebook);

/// Solves. stopping, policy: null for the defaults. results->solution: [count][n + m] x, then y, the multipliers; it
/// may be tasks->guess. results->measure: max(|A x - z| / s_p, |P x + q + A'y| / s_d) in maximum norms, with l <= z <=
/// u, s_p = absolute + max(|A x|, |z|), s_d = absolute + max(|P x|, |A'y|, |q|), or tasks->scales. A task certified to
/// have no solution ends as METASOLVE_STATUS_PRIMAL_INFEASIBLE (y holds the certificate) or DUAL_INFEASIBLE (x does). A
/// task breaks down if l > u or a bound is NaN, if a penalty is not positive, or if P + sigma I + A' rho A is not
/// positive definite. policy->online may choose "rho", a factor on all of a task's penalties, and "alpha". Fails: as
/// metasolve_implicit_euler_solver_solve, and invalid_input (q, p_values or a_values is null).
int metasolve_qp_solver_solve(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                              metasolve_stopping const* stopping, metasolve_results const* results,
                              metasolve_policy const* policy);

/// Improves solutions by solving the equations of their active rows: nearly to rounding.
typedef struct metasolve_qp_polish {
  size_t size;
  metasolve_batch_view solution;  ///< [count][n + m] of a solve; in and out
  int32_t const* status;          ///< [count] of that solve; only converged tasks are polished; null: all
  double* measure;                ///< [count] of polished tasks anew; null: not written
  int32_t* polished;              ///< [count] 1: improved, 0: left as it was; null: not written
} metasolve_qp_polish;
/// Each member's default.
#define METASOLVE_QP_POLISH_DEFAULT \
  { sizeof(metasolve_qp_polish), {NULL, 0, 1}, NULL, NULL, NULL }

/// tasks: of that solve; rho, alpha, guess, entry and features are not read.
/// Fails: as solve, and invalid_input (solution is null).
int metasolve_qp_solver_polish(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                               metasolve_qp_polish const* polish);

/// The implicit gradient of the solution, of a function F of x and y (Amos and Kolter, OptNet, 2017). Null outputs are
/// not computed.
typedef struct metasolve_qp_gradient {
  size_t size;
  metasolve_const_batch_view solution;      ///< [count][n + m] x, y
  metasolve_const_batch_view solution_bar;  ///< [count][n + m] dF/dx, dF/dy; or [count][n] with of_x
  metasolve_batch_view q_bar;               ///< dF/dq [count][n]
  metasolve_batch_view lower_bar;           ///< dF/dl [count][m]; of an equality row the sum of both counts
  metasolve_batch_view upper_bar;           ///< dF/du [count][m]
  metasolve_batch_view p_bar;  ///< dF/dP [count][entries of P]; an entry read for p_ij and p_ji holds the sum of both,
                               ///< one that is not read holds 0
  metasolve_batch_view a_bar;  ///< dF/dA [count][entries of A]
  int32_t* status;             ///< [count] of metasolve_status: converged; breakdown: a singular system; not_finite
  int32_t of_x;                ///< nonzero: F depends on x alone
  int32_t reserved;            ///< 0: reserved for a later version
} metasolve_qp_gradient;
/// Each member's default.
#define METASOLVE_QP_GRADIENT_DEFAULT                                                                                  \
  {                                                                                                                    \
    sizeof(metasolve_qp_gradient), {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, \
        {NULL, 0, 1}, NULL, 0, 0                                                                                       \
  }

/// tasks: of the solve; rho, alpha, guess, entry, scales and features are not read. A task without a gradient gets NaN.
/// Fails: as solve, and invalid_input (solution or solution_bar is null).
int metasolve_qp_solver_gradient(metasolve_qp_solver* solver, metasolve_qp_tasks const* tasks,
                                 metasolve_qp_gradient const* gradient);

#ifdef __cplusplus
}
#endif

#endif
