// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_GRID_SOLVER_H
#define METASOLVE_GRID_SOLVER_H

/// @file
/// The part of the C interface that matches grid_solver.hpp and grid_stencils.hpp. metasolve.h includes it; either may
/// be included.

#include "metasolve/metasolve.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What holds at one end of an axis.
enum metasolve_grid_side {
  METASOLVE_GRID_SIDE_DIRICHLET = 0,  ///< u is known on the boundary, one step beyond the last unknown
  METASOLVE_GRID_SIDE_NEUMANN = 1,    ///< the last unknown is on the boundary
  METASOLVE_GRID_SIDE_PERIODIC = 2,   ///< the point beyond the last unknown is the first one: of both ends or of none
};

/// A structured grid. Arrays over its points have x fastest, then y, then z. Multigrid halves all axes: choose m 2^k -
/// 1 points between Dirichlet boundaries, m 2^k + 1 between Neumann boundaries, m 2^k on a periodic axis or with one
/// boundary of each kind, m small and k the same for all axes.
typedef struct metasolve_grid {
  size_t size;
  int32_t dimensions;   ///< 2 or 3
  int32_t points[3];    ///< unknowns along x, y and z; 1 along z in two dimensions
  int32_t sides[3][2];  ///< of metasolve_grid_side, of each axis at its low and its high end
} metasolve_grid;
/// Each member's default.
#define METASOLVE_GRID_DEFAULT              \
  {                                         \
    sizeof(metasolve_grid), 2, {1, 1, 1}, { \
      {0, 0}, {0, 0}, { 0, 0 }              \
    }                                       \
  }

/// Solves batches of systems A u = f on one grid, by conjugate gradients with a cycle of multigrid as preconditioner,
/// or by the cycle alone. A is symmetric positive (semi)definite and given by half stencils: entry 0 couples a point to
/// itself, entry e > 0 to the point at offset (1, 0), (-1, 1), (0, 1), (1, 1) in two dimensions; in three (1, 0, 0),
/// (x, 1, 0), (x, y, 1), each of x, y = -1, 0, 1, x fastest. A point whose row is 0 is an obstacle, where u is 0. Every
/// task stops for itself, and its result is bitwise the same alone and in any batch, on the same executor and with the
/// same options.
typedef struct metasolve_grid_solver metasolve_grid_solver;

/// What a cycle is used for.
enum metasolve_grid_method {
  METASOLVE_GRID_METHOD_CONJUGATE_GRADIENTS = 0,  ///< as preconditioner; it must be symmetric
  METASOLVE_GRID_METHOD_ITERATION = 1,            ///< u_{k+1} = u_k + M (f - A u_k), M the cycle
};
/// How the error is smoothed on each grid.
enum metasolve_grid_smoother {
  METASOLVE_GRID_SMOOTHER_JACOBI = 0,            ///< damped
  METASOLVE_GRID_SMOOTHER_CHEBYSHEV = 1,         ///< a polynomial of Jacobi steps
  METASOLVE_GRID_SMOOTHER_COLORS = 2,            ///< Gauss and Seidel's by 4 or 8 colours; red-black for 5 and 7 points
  METASOLVE_GRID_SMOOTHER_ZEBRA_X = 3,           ///< every second line along x, then the others
  METASOLVE_GRID_SMOOTHER_ZEBRA_Y = 4,           ///< along y
  METASOLVE_GRID_SMOOTHER_ZEBRA_Z = 5,           ///< along z
  METASOLVE_GRID_SMOOTHER_ZEBRA = 6,             ///< along each axis in turn
  METASOLVE_GRID_SMOOTHER_STENCIL = 7,           ///< a point-symmetric stencil, scaled by the diagonal
  METASOLVE_GRID_SMOOTHER_TWO_STENCILS = 8,      ///< one after the other
  METASOLVE_GRID_SMOOTHER_LINE_AND_STENCIL = 9,  ///< lines along the strong coupling, then a stencil
};
/// How often a cycle visits coarse grids.
enum metasolve_grid_cycle {
  METASOLVE_GRID_CYCLE_V = 0,
  METASOLVE_GRID_CYCLE_W = 1,
  METASOLVE_GRID_CYCLE_F = 2,  ///< not symmetric
};
/// Between a grid and the next coarser one.
enum metasolve_grid_transfer {
  METASOLVE_GRID_TRANSFER_LINEAR = 0,
  METASOLVE_GRID_TRANSFER_BY_OPERATOR = 1,  ///< for coefficients that jump; fields in two dimensions
};

/// How systems are solved; grid_solver.hpp says more.
typedef struct metasolve_grid_options {
  size_t size;
  double const*
      parameters;           ///< [parameter_count] of tasks without their own; host memory, copied; null: the usual ones
  int32_t parameter_count;  ///< 0 with null
  int32_t constant_stencils;  ///< nonzero: each task's A has the same numbers at all points
  int32_t method;             ///< of metasolve_grid_method
  int32_t smoother;           ///< of metasolve_grid_smoother
  int32_t cycle;              ///< of metasolve_grid_cycle
  int32_t before;             ///< sweeps before the coarser grids
  int32_t after;              ///< and after them
  int32_t degree;             ///< of CHEBYSHEV, 1 to 12
  int32_t transfer;           ///< of metasolve_grid_transfer
  int32_t coarse_weights;     ///< nonzero: more parameters, of coarse corrections and the transfer
  int32_t is_singular;        ///< nonzero: constants are the null space
  int32_t one_level;          ///< nonzero: no coarser grids
  int32_t coarsens[3];        ///< nonzero: this axis is halved
  int32_t reserved;           ///< 0: reserved for a later version
} metasolve_grid_options;
/// Each member's default.
#define METASOLVE_GRID_OPTIONS_DEFAULT                                                                            \
  {                                                                                                               \
    sizeof(metasolve_grid_options), NULL, 0, 0, METASOLVE_GRID_METHOD_CONJUGATE_GRADIENTS,                        \
        METASOLVE_GRID_SMOOTHER_COLORS, METASOLVE_GRID_CYCLE_V, 1, 1, 3, METASOLVE_GRID_TRANSFER_LINEAR, 0, 0, 0, \
        {1, 1, 1}, 0                                                                                              \
  }

/// The caller's tasks; arrays must stay valid until the executor has completed the call.
typedef struct metasolve_grid_tasks {
  size_t size;
  int64_t count;                        ///< 0 to the capacity
  metasolve_const_batch_view stencils;  ///< A: [count][entries] with constant stencils, else [count][entries][points],
                                        ///< contiguous within a task; task_stride 0: one A for all
  metasolve_const_batch_view rhs;       ///< f [count][unknowns]
  metasolve_const_batch_view guess;     ///< u_0 [count][unknowns]; null: zeros
  metasolve_const_batch_view parameters;  ///< [count][parameters]; task_stride 0: the same for all; null: the options'
} metasolve_grid_tasks;
/// Each member's default.
#define METASOLVE_GRID_TASKS_DEFAULT                                                          \
  {                                                                                           \
    sizeof(metasolve_grid_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// options: null for the defaults. Allocates all memory of the solver and synchronizes.
/// Fails: invalid_input (a grid that cannot be halved, the message says which can; a smoother or transfer that it has
/// not; a cycle that is not symmetric, with conjugate gradients; an option or the capacity out of range; a meta-solver
/// of another problem or cycle; a misaligned or too small workspace), device_error, out_of_memory.
int metasolve_grid_solver_create(metasolve_executor const* executor, metasolve_grid const* grid,
                                 metasolve_grid_options const* options, metasolve_setup const* setup,
                                 metasolve_grid_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_grid_solver_workspace_bytes(metasolve_executor const* executor, metasolve_grid const* grid,
                                          metasolve_grid_options const* options, metasolve_setup const* setup,
                                          size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_grid_solver_release(metasolve_grid_solver* solver);

/// Returns the number of points; 0 for null.
int metasolve_grid_solver_unknowns(metasolve_grid_solver const* solver);
/// Returns the number of grids; 0 for null.
int metasolve_grid_solver_levels(metasolve_grid_solver const* solver);
/// Returns the numbers of a task's A; 0 for null.
int64_t metasolve_grid_solver_numbers(metasolve_grid_solver const* solver);
/// Returns the number of parameters of the cycle; 0 for null.
int metasolve_grid_solver_parameters(metasolve_grid_solver const* solver);
/// [parameters] of tasks without their own, on the host, valid as long as the solver; null for null.
double const* metasolve_grid_solver_default_parameters(metasolve_grid_solver const* solver);
/// The name of a parameter, valid as long as the solver; null if there is none of that index.
char const* metasolve_grid_solver_parameter_name(metasolve_grid_solver const* solver, int index);

/// Solves. stopping, policy: null for the defaults. results->solution: [count][unknowns]; it may be tasks->guess.
/// results->measure: ||f - A u|| / ||f||. A task breaks down if A, or with conjugate gradients the cycle, turns out not
/// to be positive definite. policy->online may choose "factor", on all of a task's parameters. Fails: as
/// metasolve_implicit_euler_solver_solve, and invalid_input (stencils or rhs is null, or stencils are not contiguous).
int metasolve_grid_solver_solve(metasolve_grid_solver* solver, metasolve_grid_tasks const* tasks,
                                metasolve_stopping const* stopping, metasolve_results const* results,
                                metasolve_policy const* policy);

/// How a row is made from the cells around its point.
enum metasolve_grid_scheme {
  METASOLVE_GRID_SCHEME_VOLUMES = 0,   ///< finite volumes: 5 or 7 points
  METASOLVE_GRID_SCHEME_ELEMENTS = 1,  ///< bilinear or trilinear elements: 9 or 27 points
};

/// Diffusion with a conductivity for each cell; grid_stencils.hpp says more.
typedef struct metasolve_grid_diffusion {
  size_t size;
  metasolve_grid const* grid;
  double const* conductivity;  ///< 0 or more [cells], see metasolve_grid_cells; 0: a cell that nothing enters
  uint8_t const* obstacle;     ///< [points] nonzero: u is 0 there; null: nowhere
  double step[3];              ///< length of a cell along each axis
  int32_t scheme;              ///< of metasolve_grid_scheme
  int32_t reserved;            ///< 0: reserved for a later version
} metasolve_grid_diffusion;
/// Each member's default.
#define METASOLVE_GRID_DIFFUSION_DEFAULT \
  { sizeof(metasolve_grid_diffusion), NULL, NULL, NULL, {1.0, 1.0, 1.0}, METASOLVE_GRID_SCHEME_VOLUMES, 0 }

/// Cells along each axis, x first. Fails: invalid_input (a malformed grid).
int metasolve_grid_cells(metasolve_grid const* grid, int32_t cells[3]);
/// stencils [entries][points], 5 entries in two dimensions, 14 in three. All memory is the host's. Fails: invalid_input
/// (a malformed grid; a conductivity that is negative or not finite; a step that is not positive), out_of_memory.
int metasolve_grid_diffusion_stencils(metasolve_grid_diffusion const* diffusion, double* stencils);
/// Of Poisson's equation with 5, 9 (stencil [5]), 7 or 27 points (stencil [14]). Fails: invalid_input.
int metasolve_grid_poisson_stencil(int points, double* stencil);
/// Of diffusion by 1 along the direction at this angle, in radians, and by epsilon across it: stencil [5]. Fails:
/// invalid_input (epsilon is not positive).
int metasolve_grid_rotated_diffusion_stencil(double epsilon, double angle, double* stencil);

#ifdef __cplusplus
}
#endif

#endif
