// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_METASOLVE_H
#define METASOLVE_METASOLVE_H

/// @file
/// C interface of the library: C11, and C++20 under the same names; metasolve.f90 declares the same for Fortran. It
/// matches the C++ classes (executor.hpp, implicit_euler_solver.hpp, ...); results are bitwise the same.
///
/// Handles are opaque. The caller owns what a `create`, `open`, `load` or `allocate` returned and passes it to its
/// `release` once; releasing null does nothing. A solver keeps what it needs of its executor and its meta-solver: they
/// may be released before it. Use an executor, and what was created with it, from one thread at a time.
///
/// Every struct that may grow begins with `size`, set by its METASOLVE_..._DEFAULT, so that a program keeps working
/// with a newer library; fields not set explicitly keep their defaults:
///     metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
///     stopping.tolerance.value = 1e-9;
///
/// Arrays are the caller's, in memory accessible to the executor: host memory for the CPU, the device's for CUDA. A
/// `solve` does not allocate or synchronize: on CUDA it returns before the work on the executor's stream is done; on
/// the CPU the work is done on return. All numbers are dimensionless unless the caller's equations give them units.

#include <stddef.h>
#include <stdint.h>

#include "metasolve/preconditioner.h"
#include "metasolve/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/// "major.minor.patch" of the library loaded at run time; METASOLVE_VERSION_STRING is the compile-time version.
char const* metasolve_version(void);

// ---- Errors ----

/// Returned by every function of type `int`, unless documented otherwise. If not METASOLVE_CODE_OK, a handle that the
/// function should have returned is null; if METASOLVE_CODE_INVALID_INPUT, nothing has run. No C++ exception leaves a
/// function.
enum metasolve_code {
  METASOLVE_CODE_OK = 0,
  METASOLVE_CODE_INVALID_INPUT = 1,    ///< an argument, a file, a shape; the message names it
  METASOLVE_CODE_OUTPUT_ERROR = 2,     ///< a file could not be written
  METASOLVE_CODE_DEVICE_ERROR = 3,     ///< the device is absent, was not built for, or reported a failure
  METASOLVE_CODE_OUT_OF_MEMORY = 4,    ///< of the host; device memory is a device_error
  METASOLVE_CODE_INTERNAL_ERROR = 5,   ///< a bug in the library; please report it with the message
  METASOLVE_CODE_CALLBACK_FAILED = 6,  ///< a function of the caller's returned something other than 0 (black_box.h)
};

/// Message of this thread's last failed function: what was wrong, what was expected, and what to do. Empty before the
/// first failure; unchanged by a success. Owned by the library, valid until the thread's next failure; truncated after
/// 1023 bytes.
char const* metasolve_last_error(void);

// ---- Executors: where computations run and memory is allocated ----

/// A handle: where computations run and memory lies.
typedef struct metasolve_executor metasolve_executor;

/// By name: "cpu", "cuda", "cuda:N", "auto": the first CUDA device, else the CPU; or "serial": one CPU thread in plain
/// loops, slow, for debugging. threads: as open_cpu; ignored by the others.
/// Fails: invalid_input (another name), and as open_cpu and open_cuda.
int metasolve_executor_open(char const* name, int threads, metasolve_executor** executor);

/// threads: OpenMP threads per call, at most 4096; 0: all, or OMP_NUM_THREADS. If the system does not let the calling
/// thread start that many, and in a forked child, a call uses the threads available; its results are bitwise the same.
/// The OpenBLAS of the process is set to one thread.
/// Fails: invalid_input (threads < 0 or > 4096), device_error (the library was built for instructions that this CPU
/// lacks, or an explicit number of threads cannot be started).
int metasolve_executor_open_cpu(int threads, metasolve_executor** executor);

/// stream: the caller's cudaStream_t, not owned, which must outlive the executor and its solvers; null: its own stream,
/// created with cudaStreamNonBlocking, so not ordered with the default streams. For a default stream pass
/// cudaStreamLegacy or, if one thread creates and uses the executor, cudaStreamPerThread. Uses 32 MiB of device memory
/// for cuBLAS and some KiB for sums, outside any solver's workspace.
/// Fails: device_error (built without CUDA, no driver, no such device, not built for its architecture, a stream of
/// another device, detected by CUDA 12.8 and later, or a child forked after CUDA was used).
int metasolve_executor_open_cuda(int device, void* stream, metasolve_executor** executor);

/// Solvers and memory made with it keep what they need of it.
void metasolve_executor_release(metasolve_executor* executor);

/// Returns 1 for a CUDA device, 0 for the CPU (and for null).
int metasolve_executor_is_cuda(metasolve_executor const* executor);

/// Blocks until all work submitted to this executor is done. Fails: device_error (a launch failed).
int metasolve_executor_synchronize(metasolve_executor const* executor);

/// Work submitted to this executor from now on waits for the work that `stream` (a cudaStream_t of its device; null:
/// the legacy default stream) holds now. Does not block the host or allocate, can be captured, and does nothing for the
/// executor's own stream or on a CPU. Fails: device_error (a stream of another device, or a capture forbids this).
int metasolve_executor_wait_for(metasolve_executor const* executor, void* stream);
/// The other direction: work submitted to `stream` from now on waits for the work submitted to this executor so far.
int metasolve_executor_make_wait(metasolve_executor const* executor, void* stream);
/// Its stream (a cudaStream_t); null on a CPU (and for null).
void* metasolve_executor_stream(metasolve_executor const* executor);

/// Copies from host memory to the executor's. Synchronizes. Fails: device_error.
int metasolve_executor_upload(metasolve_executor const* executor, void* to, void const* from_host, size_t bytes);
/// Copies from the executor's memory to the host's. Synchronizes. Fails: device_error.
int metasolve_executor_download(metasolve_executor const* executor, void* to_host, void const* from, size_t bytes);

/// Zeroed memory accessible to the executor's calls: for host programs that do not allocate device memory themselves.
typedef struct metasolve_memory metasolve_memory;

/// Synchronizes. Fails: out_of_memory, device_error.
int metasolve_memory_allocate(metasolve_executor const* executor, size_t bytes, metasolve_memory** memory);
/// Its first byte; null for null.
void* metasolve_memory_data(metasolve_memory const* memory);
/// On CUDA only after the calls that use it are done.
void metasolve_memory_release(metasolve_memory* memory);

// ---- Meta-solvers ----

/// A trained network (the paper's Psi) that predicts each task's solver parameters from its features. Immutable: any
/// number of solvers and threads may share one.
typedef struct metasolve_meta_solver metasolve_meta_solver;

/// path: a run folder of `metasolve train` (its best checkpoint) or a .safetensors checkpoint.
/// Fails: invalid_input (no such file, truncated, damaged, or of another version).
int metasolve_meta_solver_load(char const* path, metasolve_meta_solver** meta_solver);
/// Solvers made with it keep what they need of it.
void metasolve_meta_solver_release(metasolve_meta_solver* meta_solver);

/// The problem it was trained for, such as "poisson". Owned by the handle and valid as long as it. Null for null.
char const* metasolve_meta_solver_problem(metasolve_meta_solver const* meta_solver);
/// Returns the number of features per task; 0 for null.
int metasolve_meta_solver_features(metasolve_meta_solver const* meta_solver);
/// The tolerance it was trained for; 0 for null.
double metasolve_meta_solver_tolerance(metasolve_meta_solver const* meta_solver);

/// A meta-solver that learns while the program runs, without a training set: online_meta_solver.h.
typedef struct metasolve_online_meta_solver metasolve_online_meta_solver;

// ---- Arguments of all solvers ----

/// A matrix [tasks][items]: entry (t, i) at data[t * task_stride + i * item_stride], strides in elements. Task-major:
/// {data, items, 1}; item-major: {data, 1, tasks}. Null data: omitted, where allowed. Never grows.
typedef struct metasolve_batch_view {
  double* data;
  int64_t task_stride;
  int64_t item_stride;
} metasolve_batch_view;
/// The same, read-only.
typedef struct metasolve_const_batch_view {
  double const* data;
  int64_t task_stride;
  int64_t item_stride;
} metasolve_const_batch_view;

/// One number per task: data[t * stride]; if data is null, `value` for all. Never grows.
typedef struct metasolve_column {
  double const* data;
  int64_t stride;  ///< in elements
  double value;
} metasolve_column;

/// One integer per task, likewise. Never grows.
typedef struct metasolve_int_column {
  int32_t const* data;
  int64_t stride;  ///< in elements
  int32_t value;
} metasolve_int_column;

/// A structural pattern shared by matrices, in compressed rows: 0-based, ascending within a row, every diagonal entry.
/// Host memory, copied. Never grows.
typedef struct metasolve_pattern {
  int32_t unknowns;         ///< N
  int32_t entries;          ///< length of `col_idxs`
  int32_t const* row_ptrs;  ///< [N + 1] from 0 to entries
  int32_t const* col_idxs;  ///< [entries]
} metasolve_pattern;

/// The caller's memory for a solver to work in: accessible to its executor, aligned to 256 bytes. It must outlive the
/// solver and belong to it alone: no array of a call may overlap it. Null: the solver allocates its own. Never grows.
typedef struct metasolve_workspace {
  void* data;
  size_t bytes;
} metasolve_workspace;

/// Settings common to all solvers.
typedef struct metasolve_setup {
  size_t size;
  int64_t capacity;                          ///< maximum tasks per call, at least 1
  metasolve_meta_solver const* meta_solver;  ///< predicts the parameters; null: the caller's are used
  metasolve_workspace workspace;             ///< workspace_bytes bytes for this setup, or none
} metasolve_setup;
/// Each member's default.
#define METASOLVE_SETUP_DEFAULT                   \
  {                                               \
    sizeof(metasolve_setup), 0, NULL, { NULL, 0 } \
  }

/// Stopping criteria: each one number for all tasks (`value`), or one per task.
typedef struct metasolve_stopping {
  size_t size;
  metasolve_column tolerance;           ///< eps > 0: stop at measure <= eps
  metasolve_int_column max_iterations;  ///< 0 or more
} metasolve_stopping;
/// Each member's default.
#define METASOLVE_STOPPING_DEFAULT                                  \
  {                                                                 \
    sizeof(metasolve_stopping), {NULL, 1, 1e-6}, { NULL, 1, 10000 } \
  }

/// How the solve of a task ended.
enum metasolve_status {
  METASOLVE_STATUS_CONVERGED = 0,          ///< measure <= tolerance; NaN never is
  METASOLVE_STATUS_ITERATION_LIMIT = 1,    ///< not converged within the iteration limit
  METASOLVE_STATUS_NOT_FINITE = 2,         ///< the measure became NaN or infinite
  METASOLVE_STATUS_BREAKDOWN = 3,          ///< setup impossible; see the solver
  METASOLVE_STATUS_STAGNATED = 4,          ///< the measure cannot reach the tolerance in this precision
  METASOLVE_STATUS_PRIMAL_INFEASIBLE = 5,  ///< certified: no x satisfies the constraints (QPs)
  METASOLVE_STATUS_DUAL_INFEASIBLE = 6,    ///< certified: the objective has no lower bound (QPs)
};

/// Source of the parameters that a task was solved with.
enum metasolve_origin {
  METASOLVE_ORIGIN_CHOSEN = 0,    ///< predicted by the meta-solver; the caller's if there is none
  METASOLVE_ORIGIN_REPLACED = 1,  ///< the prediction was not finite or out of range: the caller's constant was used
  METASOLVE_ORIGIN_RETRIED = 2,   ///< the task failed with the prediction and was solved again with the caller's
                                  ///< constant
  METASOLVE_ORIGIN_CONSTANT = 3,  ///< a metasolve_online_meta_solver chose the caller's constant, as the best or to
                                  ///< compare with it
};

/// How often predictions were not used in one call. Never grows.
typedef struct metasolve_tally {
  int64_t replaced;
  int64_t retried;
} metasolve_tally;

/// The caller's arrays, each optional (null). None may overlap another or an input, unless the solver documents it.
typedef struct metasolve_results {
  size_t size;
  int32_t* status;                ///< [count] of metasolve_status
  int32_t* iterations;            ///< [count] of both attempts together, at most 2^31 - 1; an attempt that broke down
                                  ///< or became not finite counts as its limit
  double* measure;                ///< [count] at the last iterate
  metasolve_batch_view solution;  ///< [count][N] last iterate; untouched on breakdown and not_finite
  metasolve_batch_view history;   ///< [count][max_iterations + 1] the measures L_0 ... L_K; the rest is untouched
  int32_t* origin;                ///< [count] of metasolve_origin
  metasolve_tally* tally;         ///< one, accessible to the executor; overwritten, not accumulated
} metasolve_results;
/// Each member's default.
#define METASOLVE_RESULTS_DEFAULT \
  { sizeof(metasolve_results), NULL, NULL, NULL, {NULL, 0, 1}, {NULL, 0, 1}, NULL, NULL }

/// How a call uses a solver's meta-solver. Nonzero: yes.
typedef struct metasolve_policy {
  size_t size;
  int32_t meta_solver;           ///< 0: use the caller's parameters
  int32_t retry;                 ///< solve tasks that did not converge again, with the caller's constants
  int32_t first_max_iterations;  ///< with retry: iteration limit of the attempt with predicted parameters; 0: the
                                 ///< task's limit. METASOLVE_ORIGIN_REPLACED tasks use their own limit
  int32_t reserved;              ///< 0: reserved for a later version
  /// Chooses the parameters instead of the solver's own meta-solver, and learns; null: none. Of the solver's executor;
  /// it must outlive the call. Tasks that do not converge are always solved again with the caller's constants.
  metasolve_online_meta_solver* online;
  metasolve_const_batch_view features;  ///< [count][features of online], in memory accessible to the executor
} metasolve_policy;
/// Each member's default.
#define METASOLVE_POLICY_DEFAULT                               \
  {                                                            \
    sizeof(metasolve_policy), 1, 0, 0, 0, NULL, { NULL, 0, 1 } \
  }

// ---- Implicit Euler steps by Newton-SOR (paper, section 4.1, eqs. 14, 45, 46) ----

/// For each task, g(y) = y - h f(t + h, y; p) - y_prev = 0 is solved by
///   y <- clamp(y - r (D - r L)^-1 g(y)),   J = D - L - U the Jacobian of g at y,
/// from a guess y_0, until ||g||_2 <= eps. A meta-solver chooses r, y_0, or both. A task's result depends on that task
/// alone. A task breaks down if h is not positive, if an input is not finite, or if the diagonal of J has a zero.
/// Newton's method does not check the diagonal: if J is singular, the task ends as not_finite.
///
/// The unknowns of robertson, orego, hires and pollution are concentrations. A root of g with a negative concentration
/// is not physical and never counts as converged: y is reflected to the positive side and the iteration continues with
/// r at most 1. A task that reaches such a root again breaks down. A value below 0 within the error explained by
/// y_prev, rounding or eps is accepted.
typedef struct metasolve_implicit_euler_solver metasolve_implicit_euler_solver;

/// How the equations of a step are solved.
enum metasolve_implicit_euler_method {
  METASOLVE_METHOD_NEWTON_SOR = 0,  ///< as above
  METASOLVE_METHOD_NEWTON = 1,  ///< y <- clamp(y - r J^-1 g(y)), by Gaussian elimination with partial pivoting; r = 1
                                ///< is Newton's method. Takes no meta-solver
  METASOLVE_METHOD_ANDERSON_SOR = 2,  ///< Newton-SOR with Anderson's acceleration of depth 1: from the second iteration
                                      ///< on a combination of the last two sweeps, of least linearised ||g||. Best with
                                      ///< r = 1
};

/// How the equations of a step are solved, and within which bounds.
typedef struct metasolve_implicit_euler_options {
  size_t size;
  int32_t clamps;    ///< nonzero: clamp every entry of y to [low, high] after each iteration
  double low, high;  ///< low < high
  int32_t method;    ///< of metasolve_implicit_euler_method
  int32_t reserved;  ///< 0: reserved for a later version
} metasolve_implicit_euler_options;
/// Each member's default.
#define METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT \
  { sizeof(metasolve_implicit_euler_options), 0, -1.0, 2.0, METASOLVE_METHOD_NEWTON_SOR, 0 }

/// The caller's tasks; arrays must stay valid until the executor has completed the call. n: unknowns of the system.
typedef struct metasolve_implicit_euler_tasks {
  size_t size;
  int64_t count;                          ///< 0 to the capacity
  metasolve_const_batch_view previous;    ///< y_prev [count][n]
  metasolve_const_batch_view parameters;  ///< p [count][parameters]; task_stride 0: the same for all
  metasolve_column step;                  ///< h > 0, in the system's time unit
  metasolve_column time;                  ///< t, if f depends on it
  metasolve_column relaxation;            ///< r: the constant that a meta-solver is compared with
  metasolve_const_batch_view guess;       ///< y_0 [count][n]; null: y_prev
} metasolve_implicit_euler_tasks;
/// Each member's default.
#define METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT                                                             \
  {                                                                                                        \
    sizeof(metasolve_implicit_euler_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 1, 0.0}, {NULL, 1, 0.0}, \
        {NULL, 1, 1.0}, {                                                                                  \
      NULL, 0, 1                                                                                           \
    }                                                                                                      \
  }

/// system: "robertson", "van_der_pol", "orego", "hires" or "pollution". options: null for the defaults. Allocates all
/// memory of the solver and synchronizes.
/// Fails: invalid_input (an unknown system or method, a capacity below 1, a meta-solver of another problem or shape, or
/// for a method that takes none, a misaligned or too small workspace), device_error, out_of_memory.
int metasolve_implicit_euler_solver_create(metasolve_executor const* executor, char const* system,
                                           metasolve_implicit_euler_options const* options,
                                           metasolve_setup const* setup, metasolve_implicit_euler_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_implicit_euler_solver_workspace_bytes(metasolve_executor const* executor, char const* system,
                                                    metasolve_implicit_euler_options const* options,
                                                    metasolve_setup const* setup, size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_implicit_euler_solver_release(metasolve_implicit_euler_solver* solver);

/// Return n, and the size of p; 0 for null.
int metasolve_implicit_euler_solver_unknowns(metasolve_implicit_euler_solver const* solver);
/// Returns how many numbers p is; 0 for null.
int metasolve_implicit_euler_solver_parameters(metasolve_implicit_euler_solver const* solver);

/// Solves. stopping, policy: null for the defaults. results->solution may be identical to tasks->previous, in pointer
/// and strides: tasks that do not converge then keep y_prev.
/// Fails: invalid_input (an argument is missing, misaligned, out of range, overlapping, or not accessible to the
/// executor; the message names it).
int metasolve_implicit_euler_solver_solve(metasolve_implicit_euler_solver* solver,
                                          metasolve_implicit_euler_tasks const* tasks,
                                          metasolve_stopping const* stopping, metasolve_results const* results,
                                          metasolve_policy const* policy);

/// The implicit gradient of a step. With lambda of (I - h df/dy)' lambda = solution_bar, all at (t + h, y; p):
typedef struct metasolve_implicit_euler_gradient {
  size_t size;
  metasolve_const_batch_view solution;      ///< y [count][n], converged
  metasolve_const_batch_view solution_bar;  ///< dF/dy [count][n]
  metasolve_batch_view previous_bar;        ///< dF/dy_prev [count][n] = lambda; required
  metasolve_batch_view parameters_bar;      ///< dF/dp [count][parameters] = h (df/dp)' lambda, of each task, also where
                                            ///< tasks share p; null: not computed
  double* step_bar;                         ///< dF/dh [count] = lambda . (f + h df/dt); null: not computed
  double* time_bar;                         ///< dF/dt [count] = h lambda . df/dt; null: not computed
} metasolve_implicit_euler_gradient;
/// Each member's default.
#define METASOLVE_IMPLICIT_EULER_GRADIENT_DEFAULT \
  { sizeof(metasolve_implicit_euler_gradient), {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, NULL, NULL }

/// Differentiates solutions of solve, by either method. Of the tasks, count, parameters, step and time are read.
/// previous_bar may be identical to solution_bar in pointer and strides. status [count] of metasolve_status, or null:
/// converged; breakdown if h is not positive, if h, t or p is not finite, or if I - h df/dy is singular; not_finite if
/// a number of the gradient is not finite. These two get NaN in all their outputs. Fails: invalid_input (as solve;
/// solution, solution_bar or previous_bar is null).
int metasolve_implicit_euler_solver_gradient(metasolve_implicit_euler_solver* solver,
                                             metasolve_implicit_euler_tasks const* tasks,
                                             metasolve_implicit_euler_gradient const* gradient, int32_t* status);

// ---- Jacobi's method (Saad, Iterative Methods for Sparse Linear Systems, section 4.1) ----

/// A u = f, N = 1 to 1024 unknowns, in double precision: u_{k+1} = u_k + D^-1 (f - A u_k). A meta-solver predicts
/// guesses from f. A task's result depends on that task alone.
typedef struct metasolve_jacobi_solver metasolve_jacobi_solver;

/// Quantity compared with the tolerance, in the 2-norm.
enum metasolve_measure {
  METASOLVE_MEASURE_RELATIVE_ERROR = 0,     ///< ||u_k - u|| / ||u||, u the known solution (paper, section 2.2.1)
  METASOLVE_MEASURE_RELATIVE_RESIDUAL = 1,  ///< ||f - A u_k|| / ||f||
};

/// The caller's tasks; arrays must stay valid until the executor has completed the call.
typedef struct metasolve_jacobi_tasks {
  size_t size;
  int64_t count;                        ///< 0 to the capacity
  metasolve_const_batch_view rhs;       ///< f [count][N]; ||f|| > 0
  metasolve_const_batch_view solution;  ///< u [count][N]; with relative_error only
  metasolve_const_batch_view values;    ///< A [count][entries], in the pattern's order; sparse only
  metasolve_const_batch_view guess;     ///< u_0 [count][N], the constant of a meta-solver; null: zeros
} metasolve_jacobi_tasks;
/// Each member's default.
#define METASOLVE_JACOBI_TASKS_DEFAULT                                                          \
  {                                                                                             \
    sizeof(metasolve_jacobi_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// 1-D Poisson, A = tridiag(-1, 2, -1), not divided by h^2. measure: of metasolve_measure. Allocates all memory of the
/// solver and synchronizes.
/// Fails: invalid_input (N, the measure or the capacity out of range, a meta-solver of another problem or N, a
/// misaligned or too small workspace), device_error, out_of_memory.
int metasolve_jacobi_solver_create_poisson(metasolve_executor const* executor, int unknowns, int measure,
                                           metasolve_setup const* setup, metasolve_jacobi_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create_poisson.
int metasolve_jacobi_solver_poisson_workspace_bytes(metasolve_executor const* executor, int unknowns, int measure,
                                                    metasolve_setup const* setup, size_t* bytes);

/// Matrices of one structural pattern, with values per task. The caller must ensure that they belong to the
/// meta-solver's problem. measure: of metasolve_measure. Allocates all memory of the solver and synchronizes.
/// Fails: as create_poisson, and invalid_input (a malformed pattern; the message names its row).
int metasolve_jacobi_solver_create_sparse(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                          int measure, metasolve_setup const* setup, metasolve_jacobi_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create_sparse.
int metasolve_jacobi_solver_sparse_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                                   int measure, metasolve_setup const* setup, size_t* bytes);

/// On CUDA only after its calls are done.
void metasolve_jacobi_solver_release(metasolve_jacobi_solver* solver);

/// Returns N; 0 for null.
int metasolve_jacobi_solver_unknowns(metasolve_jacobi_solver const* solver);

/// Solves. stopping, policy: null for the defaults. Fails: as metasolve_implicit_euler_solver_solve.
int metasolve_jacobi_solver_solve(metasolve_jacobi_solver* solver, metasolve_jacobi_tasks const* tasks,
                                  metasolve_stopping const* stopping, metasolve_results const* results,
                                  metasolve_policy const* policy);

/// Solutions u [count][unknowns] of f [count][unknowns], task-major in host memory, by elimination: for relative_error
/// when the solutions are not known. Allocates.
/// Fails: invalid_input (N out of range, or a row that is not finite or zero; the message names it), out_of_memory.
int metasolve_solve_poisson_directly(int unknowns, int64_t count, double const* rhs, double* solution);

// ---- Preconditioned conjugate gradients (Saad, algorithm 9.1; paper, section 4.2) ----

/// A x = b, A symmetric positive definite, matrices of one structural pattern, by conjugate gradients until
/// ||b - A x_k|| <= eps ||b||; if rounding prevents that, the task ends as METASOLVE_STATUS_STAGNATED. The
/// preconditioner ICCG(alpha) is the incomplete Cholesky factorisation of A + alpha I; a meta-solver chooses alpha.
/// Double precision; A and b may be in any units. A task breaks down if its factorisation does, or if p'Ap <= 0: A is
/// not positive definite. b = 0 converges at once. An x that overflows is not_finite. All systems run in lockstep, each
/// close to its data: for systems of up to some thousand unknowns.
typedef struct metasolve_cg_solver metasolve_cg_solver;

/// Numbering of the unknowns for the factorisation.
enum metasolve_ordering {
  METASOLVE_ORDERING_NATURAL = 0,
  METASOLVE_ORDERING_RCM = 1,  ///< reverse Cuthill-McKee
};
/// What the caller's shift alpha means. The meta-solver's alpha is always absolute.
enum metasolve_shift_scale {
  METASOLVE_SHIFT_SCALE_AUTOMATIC = 0,  ///< absolute if alpha > 0, diagonal if alpha is 0
  METASOLVE_SHIFT_SCALE_ABSOLUTE = 1,   ///< A + alpha I; the task breaks down if that has no factor
  METASOLVE_SHIFT_SCALE_DIAGONAL = 2,   ///< A + alpha diag(A), independent of A's units; if that has no factor, alpha =
                                        ///< 0.001, doubled until it has one
};

/// Which preconditioner, and how it is made.
typedef struct metasolve_cg_options {
  size_t size;
  int32_t preconditioner;  ///< of metasolve_preconditioner (preconditioner.h): not ILU, AUTOMATIC
  int32_t ordering;        ///< of metasolve_ordering
  int32_t fill_level;      ///< level of fill of the factor, used if fill_entries is negative; -1: 8, with a
                           ///< meta-solver instead 5 fill_entries, as it is trained with by default
  int32_t fill_entries;    ///< largest entries kept per column of the factor beyond A's own; INT32_MAX: all
  int32_t shift_scale;     ///< of metasolve_shift_scale
  int32_t block_size;      ///< of BLOCK_JACOBI: consecutive unknowns, 1 to 16; 0, in programs compiled before: 4
} metasolve_cg_options;
/// Each member's default.
#define METASOLVE_CG_OPTIONS_DEFAULT \
  { sizeof(metasolve_cg_options), METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY, METASOLVE_ORDERING_RCM, -1, -1, 0, 4 }

/// The caller's tasks; arrays must stay valid until the executor has completed the call.
typedef struct metasolve_cg_tasks {
  size_t size;
  int64_t count;                      ///< 0 to the capacity
  metasolve_const_batch_view values;  ///< A [count][entries], in the pattern's order; of a_ij and a_ji the lower one is
                                      ///< read
  metasolve_const_batch_view rhs;     ///< b [count][N]
  metasolve_column shift;             ///< alpha >= 0, else the task breaks down: the constant that a meta-solver is
                                      ///< compared with
  metasolve_column omega;             ///< of SSOR: 0 < omega < 2, else the task breaks down
  metasolve_const_batch_view guess;   ///< x_0 [count][N]; null: zeros. One that is not finite, or whose residual
                                      ///< overflows, makes its task not_finite
} metasolve_cg_tasks;
/// Each member's default.
#define METASOLVE_CG_TASKS_DEFAULT                                                                            \
  {                                                                                                           \
    sizeof(metasolve_cg_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 1, 0.0}, {NULL, 1, 1.0}, { NULL, 0, 1 } \
  }

/// pattern: all entries of a symmetric pattern, or only its lower triangle. options: null for the defaults. Allocates
/// all memory of the solver and synchronizes.
/// Fails: invalid_input (a malformed pattern, the message names its row; an option or the capacity out of range; a
/// meta-solver of another problem, or with a preconditioner that has no shift; a misaligned or too small workspace),
/// device_error, out_of_memory.
int metasolve_cg_solver_create(metasolve_executor const* executor, metasolve_pattern const* pattern,
                               metasolve_cg_options const* options, metasolve_setup const* setup,
                               metasolve_cg_solver** solver);
/// Size of setup->workspace for that. Keeps no memory. Fails: as create.
int metasolve_cg_solver_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                        metasolve_cg_options const* options, metasolve_setup const* setup,
                                        size_t* bytes);
/// On CUDA only after its calls are done.
void metasolve_cg_solver_release(metasolve_cg_solver* solver);

/// Returns N; 0 for null.
int metasolve_cg_solver_unknowns(metasolve_cg_solver const* solver);

/// Solves. stopping, policy: null for the defaults. results->measure is the true relative residual ||b - A x|| / ||b||.
/// Fails: as metasolve_implicit_euler_solver_solve.
int metasolve_cg_solver_solve(metasolve_cg_solver* solver, metasolve_cg_tasks const* tasks,
                              metasolve_stopping const* stopping, metasolve_results const* results,
                              metasolve_policy const* policy);

#ifdef __cplusplus
}
#endif

// ---- Linear systems, by direct and by Krylov methods ----
#include "metasolve/linear_solver.h"

// ---- Quadratic programs ----
#include "metasolve/grid_solver.h"
#include "metasolve/pressure_solver.h"
#include "metasolve/qp_solver.h"

// ---- Meta-solvers that learn while the program runs ----
#include "metasolve/online_meta_solver.h"

#endif
