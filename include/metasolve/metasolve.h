// SPDX-License-Identifier: Apache-2.0
#ifndef METASOLVE_METASOLVE_H
#define METASOLVE_METASOLVE_H

/// The library from C, and from what calls C: C11, and C++20 under the same names; metasolve.f90 declares the same for
/// Fortran. It says what the C++ classes say (executor.hpp, implicit_euler_solver.hpp, ...), and does the same to the
/// bit.
///
/// Handles are opaque. What a `create`, `open`, `load` or `allocate` wrote belongs to the caller, who gives it to its
/// `release` once; releasing null does nothing. A solver keeps what it needs of its executor and its meta-solver: they
/// may be released before it. Use an executor, and what was made with it, from one thread at a time.
///
/// Every struct that may grow begins with `size`, set by its METASOLVE_..._DEFAULT, so that a program keeps running
/// with a newer library; what is not set by hand keeps its default:
///     metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
///     stopping.tolerance.value = 1e-9;
///
/// Arrays are the caller's, in memory that the executor reaches: host memory for the CPU, the device's for CUDA. A
/// `solve` does not allocate and does not wait: on CUDA it returns before the work is done, on the executor's stream;
/// on the CPU the work is done on return. All numbers are without unit unless the caller's equations give them one.

#include <stddef.h>
#include <stdint.h>

#include "metasolve/preconditioner.h"
#include "metasolve/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/// "major.minor.patch" of the library that the program runs with; METASOLVE_VERSION_STRING is of the one that it was
/// compiled for.
char const* metasolve_version(void);

// ---- Errors ----

/// What every function of type `int` returns, unless its text says otherwise. Where it is not METASOLVE_CODE_OK, a
/// handle that the function should have written is null; where it is METASOLVE_CODE_INVALID_INPUT, nothing has run. No
/// C++ exception leaves a function.
enum metasolve_code {
  METASOLVE_CODE_OK = 0,
  METASOLVE_CODE_INVALID_INPUT = 1,   ///< an argument, a file, a shape: the text names it
  METASOLVE_CODE_OUTPUT_ERROR = 2,    ///< a file could not be written
  METASOLVE_CODE_DEVICE_ERROR = 3,    ///< the device is absent, was not built for, or reported a failure
  METASOLVE_CODE_OUT_OF_MEMORY = 4,   ///< of the host; a device's is a device_error
  METASOLVE_CODE_INTERNAL_ERROR = 5,  ///< an error of the library itself; please report it with its text
};

/// What went wrong in the last function of this thread that failed: what was expected, and what to do. Empty before the
/// first failure; a success leaves it. The library's, valid until the thread's next failure; cut after 1023 bytes.
char const* metasolve_last_error(void);

// ---- Executors: where computations run and memory lies ----

typedef struct metasolve_executor metasolve_executor;

/// By name: "cpu", "cuda", "cuda:N", "auto": the first CUDA device, else the CPU; or "serial": one thread of the CPU in
/// plain loops, slow, for debugging. threads: as open_cpu; of no concern to the others.
/// Fails: invalid_input (another name), and as open_cpu and open_cuda.
int metasolve_executor_open(char const* name, int threads, metasolve_executor** executor);

/// threads: OpenMP threads of each call, at most 4096; 0: all, or OMP_NUM_THREADS. Where the system does not let the
/// calling thread start as many, and in the child of a fork, a call takes as many as there are, and its results are the
/// same to the bit. The OpenBLAS of the process is set to one thread.
/// Fails: invalid_input (threads < 0 or > 4096), device_error (the library was built for instructions that this CPU
/// lacks, or so many threads, asked for by number, cannot be started).
int metasolve_executor_open_cpu(int threads, metasolve_executor** executor);

/// stream: the caller's cudaStream_t, not owned, which must outlive the executor and its solvers; null: one of its own,
/// which is none of the default streams and ordered with none of them (cudaStreamNonBlocking). For a default stream
/// give cudaStreamLegacy or, where one thread makes and uses the executor, cudaStreamPerThread. Takes 32 MiB of the
/// device for cuBLAS and some KiB for sums, outside of any solver's workspace.
/// Fails: device_error (built without CUDA, no driver, no such device, not built for its architecture, a stream of
/// another device, which CUDA tells from 12.8 on, or the child of a fork after CUDA was used).
int metasolve_executor_open_cuda(int device, void* stream, metasolve_executor** executor);

void metasolve_executor_release(metasolve_executor* executor);

/// Returns 1 for a CUDA device, 0 for the CPU (and for null).
int metasolve_executor_is_cuda(metasolve_executor const* executor);

/// Waits until all that was asked of this executor is done. Fails: device_error (a launch failed).
int metasolve_executor_synchronize(metasolve_executor const* executor);

/// Copies between host memory and the executor's. Both wait. Fail: device_error.
int metasolve_executor_upload(metasolve_executor const* executor, void* to, void const* from_host, size_t bytes);
int metasolve_executor_download(metasolve_executor const* executor, void* to_host, void const* from, size_t bytes);

/// Memory that the executor's calls reach, zeroed: for host programs that have none of their own on the device.
typedef struct metasolve_memory metasolve_memory;

/// Synchronizes. Fails: out_of_memory, device_error.
int metasolve_memory_allocate(metasolve_executor const* executor, size_t bytes, metasolve_memory** memory);
/// Its first byte; null for null.
void* metasolve_memory_data(metasolve_memory const* memory);
/// On CUDA only once the calls that use it are done.
void metasolve_memory_release(metasolve_memory* memory);

// ---- Meta-solvers ----

/// A trained network (the paper's Psi) that chooses each task's solver parameters from its features. Never changes: any
/// number of solvers and threads may share one.
typedef struct metasolve_meta_solver metasolve_meta_solver;

/// path: a run folder of `metasolve train` (its best checkpoint) or a .safetensors checkpoint.
/// Fails: invalid_input (no such file, truncated, damaged, or of another version).
int metasolve_meta_solver_load(char const* path, metasolve_meta_solver** meta_solver);
void metasolve_meta_solver_release(metasolve_meta_solver* meta_solver);

/// The problem that it was trained for, such as "poisson": the handle's, valid as long as it. Null for null.
char const* metasolve_meta_solver_problem(metasolve_meta_solver const* meta_solver);
/// Returns the numbers that it sees of a task; 0 for null.
int metasolve_meta_solver_features(metasolve_meta_solver const* meta_solver);
/// The tolerance that it was trained for; 0 for null.
double metasolve_meta_solver_tolerance(metasolve_meta_solver const* meta_solver);

// ---- What all solvers take ----

/// A matrix [tasks][items]: entry (t, i) at data[t * task_stride + i * item_stride], strides in elements. Task after
/// task: {data, items, 1}; item after item: {data, 1, tasks}. Null data: left out, where that is allowed. Never grows.
typedef struct metasolve_batch_view {
  double* data;
  int64_t task_stride;
  int64_t item_stride;
} metasolve_batch_view;
/// One that is only read.
typedef struct metasolve_const_batch_view {
  double const* data;
  int64_t task_stride;
  int64_t item_stride;
} metasolve_const_batch_view;

/// One number of each task: data[t * stride]; where data is null, `value` for all. Never grows.
typedef struct metasolve_column {
  double const* data;
  int64_t stride;  ///< in elements
  double value;
} metasolve_column;

/// One whole number of each task, likewise. Never grows.
typedef struct metasolve_int_column {
  int32_t const* data;
  int64_t stride;  ///< in elements
  int32_t value;
} metasolve_int_column;

/// A structural pattern that matrices share, in compressed rows: 0-based, ascending within a row, every diagonal entry.
/// Host memory, copied. Never grows.
typedef struct metasolve_pattern {
  int32_t unknowns;         ///< N
  int32_t entries;          ///< of `col_idxs`
  int32_t const* row_ptrs;  ///< [N + 1] from 0 to entries
  int32_t const* col_idxs;  ///< [entries]
} metasolve_pattern;

/// Memory of the caller's for a solver to work in, reached by its executor, aligned to 256 bytes; it must outlive the
/// solver and belong to it alone: no array of a call may overlap it. Null: the solver takes its own. Never grows.
typedef struct metasolve_workspace {
  void* data;
  size_t bytes;
} metasolve_workspace;

/// What a solver is made with, whatever it solves.
typedef struct metasolve_setup {
  size_t size;
  int64_t capacity;                          ///< most tasks in one call, at least 1
  metasolve_meta_solver const* meta_solver;  ///< chooses parameters; null: the caller's are taken
  metasolve_workspace workspace;             ///< as many bytes as workspace_bytes says for this setup, or none
} metasolve_setup;
#define METASOLVE_SETUP_DEFAULT                   \
  {                                               \
    sizeof(metasolve_setup), 0, NULL, { NULL, 0 } \
  }

/// When a task stops: each by a number for all tasks (`value`), or by one for each.
typedef struct metasolve_stopping {
  size_t size;
  metasolve_column tolerance;           ///< eps > 0: stop at measure <= eps
  metasolve_int_column max_iterations;  ///< 0 or more
} metasolve_stopping;
#define METASOLVE_STOPPING_DEFAULT                                  \
  {                                                                 \
    sizeof(metasolve_stopping), {NULL, 1, 1e-6}, { NULL, 1, 10000 } \
  }

/// How the solve of one task ended.
enum metasolve_status {
  METASOLVE_STATUS_CONVERGED = 0,        ///< measure <= tolerance; NaN never is
  METASOLVE_STATUS_ITERATION_LIMIT = 1,  ///< not converged after the allowed number of iterations
  METASOLVE_STATUS_NOT_FINITE = 2,       ///< the measure became NaN or infinite
  METASOLVE_STATUS_BREAKDOWN = 3,        ///< cannot be set up; the solver says when
  METASOLVE_STATUS_STAGNATED = 4,        ///< the measure cannot be brought down to the tolerance in this precision
};

/// Where the parameters come from that a task was solved with.
enum metasolve_origin {
  METASOLVE_ORIGIN_CHOSEN = 0,    ///< the meta-solver's; the caller's where there is none
  METASOLVE_ORIGIN_REPLACED = 1,  ///< the meta-solver's was not finite or out of range: the caller's constant instead
  METASOLVE_ORIGIN_RETRIED = 2,   ///< failed with the meta-solver's and was solved again with the caller's constant
};

/// How often the meta-solver was not followed, over one call. Never grows.
typedef struct metasolve_tally {
  int64_t replaced;
  int64_t retried;
} metasolve_tally;

/// The caller's arrays, each or none (null). None may overlap another, or what the call reads, but where the text of a
/// solver allows that.
typedef struct metasolve_results {
  size_t size;
  int32_t* status;                ///< [count] of metasolve_status
  int32_t* iterations;            ///< [count] made, by both attempts, at most 2^31 - 1; an attempt that broke down or
                                  ///< became not finite counts as its limit
  double* measure;                ///< [count] of the last iterate
  metasolve_batch_view solution;  ///< [count][N] the last iterate; untouched on breakdown and not_finite
  metasolve_batch_view history;   ///< [count][max_iterations + 1] the measures L_0 ... L_K; the rest untouched
  int32_t* origin;                ///< [count] of metasolve_origin
  metasolve_tally* tally;         ///< one, where the executor reaches it; written, not added to
} metasolve_results;
#define METASOLVE_RESULTS_DEFAULT \
  { sizeof(metasolve_results), NULL, NULL, NULL, {NULL, 0, 1}, {NULL, 0, 1}, NULL, NULL }

/// What a call does with a solver's meta-solver. Nonzero: yes.
typedef struct metasolve_policy {
  size_t size;
  int32_t meta_solver;  ///< 0: the caller's parameters, as if there were none
  int32_t retry;        ///< solve a task again, with the caller's constants, where it did not converge
  int32_t
      first_max_iterations;  ///< with retry: iterations after which the attempt with the meta-solver's parameters ends;
                             ///< 0: the task's limit. A task that is METASOLVE_ORIGIN_REPLACED has its own limit
  int32_t reserved;          ///< 0: for a later version
} metasolve_policy;
#define METASOLVE_POLICY_DEFAULT \
  { sizeof(metasolve_policy), 1, 0, 0, 0 }

// ---- Implicit Euler steps by Newton-SOR (paper, section 4.1, eqs. 14, 45, 46) ----

/// For each task g(y) = y - h f(t + h, y; p) - y_prev = 0 is solved by
///   y <- clamp(y - r (D - r L)^-1 g(y)),   J = D - L - U the Jacobian of g at y,
/// from a guess y_0, until ||g||_2 <= eps. A meta-solver chooses r, y_0, or both. A task's result depends on that task
/// alone. A task with h not positive, or with a number that is not finite, breaks down; so does one with a zero on the
/// diagonal of J. Newton's method does not look at the diagonal: where J is singular a task ends as not_finite.
///
/// The unknowns of robertson, orego, hires and pollution are concentrations. A root of g with one of them below 0 is no
/// step of the reaction and never counts as converged: y is reflected to its positive side and goes on with r at
/// most 1. A task that comes to such a root again breaks down. Below 0 by no more than y_prev, rounding or eps account
/// for is not outside.
typedef struct metasolve_implicit_euler_solver metasolve_implicit_euler_solver;

/// How the equations of a step are solved.
enum metasolve_implicit_euler_method {
  METASOLVE_METHOD_NEWTON_SOR = 0,  ///< as above
  METASOLVE_METHOD_NEWTON = 1,  ///< y <- clamp(y - r J^-1 g(y)), by Gaussian elimination with partial pivoting; r = 1
                                ///< is Newton's own. Takes no meta-solver
};

typedef struct metasolve_implicit_euler_options {
  size_t size;
  int32_t clamps;    ///< nonzero: hold every entry of y within [low, high] after each iteration
  double low, high;  ///< low < high
  int32_t method;    ///< of metasolve_implicit_euler_method
  int32_t reserved;  ///< 0: for a later version
} metasolve_implicit_euler_options;
#define METASOLVE_IMPLICIT_EULER_OPTIONS_DEFAULT \
  { sizeof(metasolve_implicit_euler_options), 0, -1.0, 2.0, METASOLVE_METHOD_NEWTON_SOR, 0 }

/// The caller's tasks; arrays must stay valid until the executor has done the call. n: unknowns of the system.
typedef struct metasolve_implicit_euler_tasks {
  size_t size;
  int64_t count;                          ///< 0 to the capacity
  metasolve_const_batch_view previous;    ///< y_prev [count][n]
  metasolve_const_batch_view parameters;  ///< p [count][parameters]; task_stride 0: the same for all
  metasolve_column step;                  ///< h > 0, in the system's time
  metasolve_column time;                  ///< t, where f depends on it
  metasolve_column relaxation;            ///< r: the constant that a meta-solver is measured against
  metasolve_const_batch_view guess;       ///< y_0 [count][n]; null: y_prev
} metasolve_implicit_euler_tasks;
#define METASOLVE_IMPLICIT_EULER_TASKS_DEFAULT                                                             \
  {                                                                                                        \
    sizeof(metasolve_implicit_euler_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 1, 0.0}, {NULL, 1, 0.0}, \
        {NULL, 1, 1.0}, {                                                                                  \
      NULL, 0, 1                                                                                           \
    }                                                                                                      \
  }

/// system: "robertson", "van_der_pol", "orego", "hires" or "pollution". options: null for the defaults. Takes all
/// memory that the solver will need, and waits.
/// Fails: invalid_input (an unknown system or method, a capacity under 1, a meta-solver of another problem or shape, or
/// for a method that takes none, a workspace that is misaligned or too small), device_error, out_of_memory.
int metasolve_implicit_euler_solver_create(metasolve_executor const* executor, char const* system,
                                           metasolve_implicit_euler_options const* options,
                                           metasolve_setup const* setup, metasolve_implicit_euler_solver** solver);
/// What setup->workspace must hold for that. Keeps no memory. Fails: as create.
int metasolve_implicit_euler_solver_workspace_bytes(metasolve_executor const* executor, char const* system,
                                                    metasolve_implicit_euler_options const* options,
                                                    metasolve_setup const* setup, size_t* bytes);
/// On CUDA only once its calls are done.
void metasolve_implicit_euler_solver_release(metasolve_implicit_euler_solver* solver);

/// Return n, and the numbers of p; 0 for null.
int metasolve_implicit_euler_solver_unknowns(metasolve_implicit_euler_solver const* solver);
int metasolve_implicit_euler_solver_parameters(metasolve_implicit_euler_solver const* solver);

/// Solves. stopping, policy: null for the defaults. results->solution may be tasks->previous itself, to the pointer and
/// strides: tasks that do not converge then keep y_prev.
/// Fails: invalid_input (an argument is missing, misaligned, out of range, overlapping, or not reached by the
/// executor; the text names it).
int metasolve_implicit_euler_solver_solve(metasolve_implicit_euler_solver* solver,
                                          metasolve_implicit_euler_tasks const* tasks,
                                          metasolve_stopping const* stopping, metasolve_results const* results,
                                          metasolve_policy const* policy);

// ---- Jacobi's method (Saad, Iterative Methods for Sparse Linear Systems, section 4.1) ----

/// A u = f, N = 1 to 1024 unknowns, in double precision: u_{k+1} = u_k + D^-1 (f - A u_k). A meta-solver chooses
/// guesses by f. A task's result depends on that task alone.
typedef struct metasolve_jacobi_solver metasolve_jacobi_solver;

/// What is compared with the tolerance, in the 2-norm.
enum metasolve_measure {
  METASOLVE_MEASURE_RELATIVE_ERROR = 0,     ///< ||u_k - u|| / ||u||, u the known solution (the paper's, section 2.2.1)
  METASOLVE_MEASURE_RELATIVE_RESIDUAL = 1,  ///< ||f - A u_k|| / ||f||
};

/// The caller's tasks; arrays must stay valid until the executor has done the call.
typedef struct metasolve_jacobi_tasks {
  size_t size;
  int64_t count;                        ///< 0 to the capacity
  metasolve_const_batch_view rhs;       ///< f [count][N]; ||f|| > 0
  metasolve_const_batch_view solution;  ///< u [count][N]; with relative_error only
  metasolve_const_batch_view values;    ///< of A [count][entries], in the pattern's order; of a sparse solver only
  metasolve_const_batch_view guess;     ///< u_0 [count][N], the constant of a meta-solver; null: zeros
} metasolve_jacobi_tasks;
#define METASOLVE_JACOBI_TASKS_DEFAULT                                                          \
  {                                                                                             \
    sizeof(metasolve_jacobi_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 0, 1 } \
  }

/// 1-D Poisson, A = tridiag(-1, 2, -1), not divided by h^2. measure: of metasolve_measure. Takes all memory that the
/// solver will need, and waits.
/// Fails: invalid_input (N, the measure or the capacity out of range, a meta-solver of another problem or N, a
/// workspace that is misaligned or too small), device_error, out_of_memory.
int metasolve_jacobi_solver_create_poisson(metasolve_executor const* executor, int unknowns, int measure,
                                           metasolve_setup const* setup, metasolve_jacobi_solver** solver);
/// What setup->workspace must hold for that. Keeps no memory. Fails: as create_poisson.
int metasolve_jacobi_solver_poisson_workspace_bytes(metasolve_executor const* executor, int unknowns, int measure,
                                                    metasolve_setup const* setup, size_t* bytes);

/// Matrices of one structural pattern, each task's with values of its own; it is the caller who knows that they are
/// those of the meta-solver's problem. measure: of metasolve_measure. Takes all memory that the solver will need, and
/// waits.
/// Fails: as create_poisson, and invalid_input (a malformed pattern; the text names its row).
int metasolve_jacobi_solver_create_sparse(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                          int measure, metasolve_setup const* setup, metasolve_jacobi_solver** solver);
/// What setup->workspace must hold for that. Keeps no memory. Fails: as create_sparse.
int metasolve_jacobi_solver_sparse_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                                   int measure, metasolve_setup const* setup, size_t* bytes);

/// On CUDA only once its calls are done.
void metasolve_jacobi_solver_release(metasolve_jacobi_solver* solver);

/// Returns N; 0 for null.
int metasolve_jacobi_solver_unknowns(metasolve_jacobi_solver const* solver);

/// Solves. stopping, policy: null for the defaults. Fails: as metasolve_implicit_euler_solver_solve.
int metasolve_jacobi_solver_solve(metasolve_jacobi_solver* solver, metasolve_jacobi_tasks const* tasks,
                                  metasolve_stopping const* stopping, metasolve_results const* results,
                                  metasolve_policy const* policy);

/// Solutions u [count][unknowns] of f [count][unknowns], task after task in host memory, by elimination: what
/// relative_error needs when the solutions are not known. Takes memory.
/// Fails: invalid_input (N out of range, or a row that is not finite or zero; the text names it), out_of_memory.
int metasolve_solve_poisson_directly(int unknowns, int64_t count, double const* rhs, double* solution);

// ---- Preconditioned conjugate gradients (Saad, algorithm 9.1; paper, section 4.2) ----

/// A x = b, A symmetric positive definite, matrices of one structural pattern, by conjugate gradients from x_0 = 0
/// until ||b - A x_k|| <= eps ||b||; where rounding leaves more than that, the task ends as METASOLVE_STATUS_STAGNATED.
/// The preconditioner ICCG(alpha) is the incomplete Cholesky factorisation of A + alpha I; a meta-solver chooses alpha.
/// Double precision; A and b may be in any units. A task breaks down where its factorisation does, or where p'Ap <= 0
/// is met: A is not positive definite. b = 0 has converged at once. An x that leaves the range of numbers is
/// not_finite. All systems go in lockstep, each near its numbers: for systems of up to some thousand unknowns.
typedef struct metasolve_cg_solver metasolve_cg_solver;

/// In which unknowns are numbered before they are factored.
enum metasolve_ordering {
  METASOLVE_ORDERING_NATURAL = 0,
  METASOLVE_ORDERING_RCM = 1,  ///< reverse Cuthill-McKee
};
/// What a caller's shift alpha stands for. What a meta-solver chooses is absolute.
enum metasolve_shift_scale {
  METASOLVE_SHIFT_SCALE_AUTOMATIC = 0,  ///< absolute where alpha > 0; where alpha is 0, as diagonal
  METASOLVE_SHIFT_SCALE_ABSOLUTE = 1,   ///< A + alpha I; where that has no factor the task breaks down
  METASOLVE_SHIFT_SCALE_DIAGONAL = 2,  ///< A + alpha diag(A), in whatever units A is; where that has no factor, alpha =
                                       ///< 0.001 and twice as much again until it has one
};

typedef struct metasolve_cg_options {
  size_t size;
  int32_t preconditioner;  ///< of metasolve_preconditioner (preconditioner.h)
  int32_t ordering;        ///< of metasolve_ordering
  int32_t fill_level;      ///< 0 or more: level of fill of the factor, where fill_entries is negative
  int32_t fill_entries;    ///< entries that a column of the factor keeps beyond A's own, the largest; INT32_MAX: all
  int32_t shift_scale;     ///< of metasolve_shift_scale
  int32_t reserved;        ///< 0: for a later version
} metasolve_cg_options;
#define METASOLVE_CG_OPTIONS_DEFAULT \
  { sizeof(metasolve_cg_options), METASOLVE_PRECONDITIONER_INCOMPLETE_CHOLESKY, METASOLVE_ORDERING_RCM, 0, 5, 0, 0 }

/// The caller's tasks; arrays must stay valid until the executor has done the call.
typedef struct metasolve_cg_tasks {
  size_t size;
  int64_t count;                      ///< 0 to the capacity
  metasolve_const_batch_view values;  ///< of A [count][entries], in the pattern's order; of two entries a_ij and a_ji
                                      ///< the lower one is read
  metasolve_const_batch_view rhs;     ///< b [count][N]
  metasolve_column shift;             ///< alpha >= 0, else the task breaks down: the constant that a
                                      ///< meta-solver is measured against
} metasolve_cg_tasks;
#define METASOLVE_CG_TASKS_DEFAULT                                              \
  {                                                                             \
    sizeof(metasolve_cg_tasks), 0, {NULL, 0, 1}, {NULL, 0, 1}, { NULL, 1, 0.0 } \
  }

/// pattern: all entries of a symmetric pattern, or its lower triangle alone. options: null for the defaults. Takes all
/// memory that the solver will need, and waits.
/// Fails: invalid_input (a malformed pattern, the text names its row; an option or the capacity out of range; a
/// meta-solver of another problem, or with a preconditioner that has no shift; a workspace that is misaligned or too
/// small), device_error, out_of_memory.
int metasolve_cg_solver_create(metasolve_executor const* executor, metasolve_pattern const* pattern,
                               metasolve_cg_options const* options, metasolve_setup const* setup,
                               metasolve_cg_solver** solver);
/// What setup->workspace must hold for that. Keeps no memory. Fails: as create.
int metasolve_cg_solver_workspace_bytes(metasolve_executor const* executor, metasolve_pattern const* pattern,
                                        metasolve_cg_options const* options, metasolve_setup const* setup,
                                        size_t* bytes);
/// On CUDA only once its calls are done.
void metasolve_cg_solver_release(metasolve_cg_solver* solver);

/// Returns N; 0 for null.
int metasolve_cg_solver_unknowns(metasolve_cg_solver const* solver);

/// Solves. stopping, policy: null for the defaults. results->measure is relative and true, ||b - A x|| / ||b||.
/// Fails: as metasolve_implicit_euler_solver_solve.
int metasolve_cg_solver_solve(metasolve_cg_solver* solver, metasolve_cg_tasks const* tasks,
                              metasolve_stopping const* stopping, metasolve_results const* results,
                              metasolve_policy const* policy);

#ifdef __cplusplus
}
#endif

#endif
