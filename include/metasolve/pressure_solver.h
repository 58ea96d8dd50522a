// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_PRESSURE_SOLVER_H
#define METASOLVE_PRESSURE_SOLVER_H

/// @file
/// The part of the C interface that matches pressure_solver.hpp. metasolve.h includes it; either may be included.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Solves batches of the pressure systems of projection methods on one rectangle of cells (Chorin, 1968), by conjugate
/// gradients from a guess:
///     s_i p_i + sum over the faces between cell i and another fluid cell j of w (p_i - p_j) = b_i,
/// w > 0 the weight of a face, such as dt / rho, 0 at walls and solid cells; s_i >= 0 for what lies beyond open sides,
/// where p is known. A cell without either is solid, and p is 0 there. Where no s is positive, p is one of the
/// solutions up to a constant, and b loses its mean; fluid that walls cut in two parts is not supported then. In double
/// precision. Every task stops for itself, and its result is bitwise the same alone and in any batch, on the same
/// executor and with the same options.
typedef struct metasolve_pressure_solver metasolve_pressure_solver;

/// Of conjugate gradients.
enum metasolve_pressure_preconditioner {
  METASOLVE_PRESSURE_PRECONDITIONER_NONE = 0,
  METASOLVE_PRESSURE_PRECONDITIONER_MODIFIED_CHOLESKY = 1,  ///< MIC(0): an incomplete Cholesky factor of five points,
                                                            ///< with a share of the dropped fill added to its diagonal
  METASOLVE_PRESSURE_PRECONDITIONER_MULTIGRID = 2,  ///< a V-cycle over grids of joined cells: the fewest iterations
};
/// What is compared with the tolerance; r = b - A p, confirmed by the true residual.
enum metasolve_pressure_measure {
  METASOLVE_PRESSURE_MEASURE_LARGEST_RESIDUAL = 0,   ///< max |r_i|, in the unit of b
  METASOLVE_PRESSURE_MEASURE_RESIDUAL = 1,           ///< ||r||, in the unit of b
  METASOLVE_PRESSURE_MEASURE_RELATIVE_RESIDUAL = 2,  ///< ||r|| / ||b||; of b = 0, ||r||
};

/// How systems are solved.
typedef struct metasolve_pressure_options {
  size_t size;
  int32_t rows;            ///< cells along y, 1 to 4096
  int32_t columns;         ///< cells along x, 1 to 4096
  int32_t preconditioner;  ///< of metasolve_pressure_preconditioner
  int32_t measure;         ///< of metasolve_pressure_measure
  double fill_share;       ///< 0 to 1, of MODIFIED_CHOLESKY; 0: IC(0)
} metasolve_pressure_options;
/// Each member's default. Rows and columns have none: set them.
#define METASOLVE_PRESSURE_OPTIONS_DEFAULT                                                 \
  {                                                                                        \
    sizeof(metasolve_pressure_options), 0, 0, METASOLVE_PRESSURE_PRECONDITIONER_MULTIGRID, \
        METASOLVE_PRESSURE_MEASURE_RELATIVE_RESIDUAL, 0.97                                 \
  }

/// The caller's tasks; arrays must stay valid until the executor has completed the call. Cells are x fastest.
typedef struct metasolve_pressure_tasks {
  size_t size;
  int64_t count;                         ///< 0 to the capacity
  metasolve_const_batch_view rhs;        ///< b [count][rows][columns]
  metasolve_const_batch_view weights_x;  ///< w [count][rows][columns - 1], between (x, y) and (x + 1, y); task_stride
                                         ///< 0: the same for all; null: all 1, and then weights_y too
  metasolve_const_batch_view weights_y;  ///< w [count][rows - 1][columns], between (x, y) and (x, y + 1)
  metasolve_const_batch_view open;       ///< s [count][rows][columns]; null: zeros
  metasolve_const_batch_view guess;      ///< p_0 [count][rows][columns]; null: zeros
} metasolve_pressure_tasks;
/// Each member's default.
#define METASOLVE_PRESSURE_TASKS_DEFAULT                                                                        \
  {                                                                                                             \
    sizeof(metasolve_pressure_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// Allocates all memory of the solver and synchronizes.
/// Fails: invalid_input (options is null; an option or the capacity out of range; a meta-solver of another problem or
/// number of cells; a misaligned or too small workspace), device_error, out_of_memory.
int metasolve_pressure_solver_create(metasolve_executor const* executor, metasolve_pressure_options const* options,
                                     metasolve_setup const* setup, metasolve_pressure_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_pressure_solver_workspace_bytes(metasolve_executor const* executor,
                                              metasolve_pressure_options const* options, metasolve_setup const* setup,
                                              size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_pressure_solver_release(metasolve_pressure_solver* solver);

/// Returns the number of cells; 0 for null.
int metasolve_pressure_solver_unknowns(metasolve_pressure_solver const* solver);

/// Solves. stopping, policy: null for the defaults. results->solution: [count][rows][columns]; it may be tasks->guess.
/// A task breaks down if a weight or s is negative, or if p'A p or r'M r turns out not to be positive.
///
/// A meta-solver of the problem pressure predicts the guess from the residual of tasks->guess; it must have been
/// trained on systems with weights if and only if they are given, and its prediction is added to tasks->guess if it was
/// trained so. policy->retry falls back to tasks->guess. policy->online may choose "guess_scale", a factor on
/// tasks->guess. Fails: as metasolve_implicit_euler_solver_solve, and invalid_input (rhs is null, or one of the weights
/// alone; weights are given or missing contrary to the meta-solver's training).
int metasolve_pressure_solver_solve(metasolve_pressure_solver* solver, metasolve_pressure_tasks const* tasks,
                                    metasolve_stopping const* stopping, metasolve_results const* results,
                                    metasolve_policy const* policy);

#ifdef __cplusplus
}
#endif

#endif
