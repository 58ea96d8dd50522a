// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

/// Batched iterative solves in lockstep, and meta-solvers that choose their parameters.
namespace metasolve {

/// How the solve of a task ended.
enum class Status : std::int32_t {
  converged = 0,          ///< measure <= tolerance; NaN never is
  iteration_limit = 1,    ///< not converged within the iteration limit
  not_finite = 2,         ///< the measure became NaN or infinite
  breakdown = 3,          ///< setup or iteration impossible: a zero diagonal entry, a norm that is 0 or not finite; or
                          ///< converged outside the system's bounds
  stagnated = 4,          ///< the measure cannot reach the tolerance in this precision
  primal_infeasible = 5,  ///< certified: no x satisfies the constraints (QpSolver)
  dual_infeasible = 6,    ///< certified: the objective has no lower bound, unless the constraints have no x (QpSolver)
};

/// Quantity that a solver of A u = f compares with the tolerance; dimensionless, in the 2-norm.
enum class Measure : std::int32_t {
  relative_error,     ///< ||u_k - u|| / ||u||, u the known solution (paper, section 2.2.1)
  relative_residual,  ///< ||f - A u_k|| / ||f||
};

/// A matrix [tasks][items] in memory accessible to the executor's calls. A non-owning view that must not outlive its
/// memory. Null data: the argument is omitted, where documented as optional.
template <class T>
struct BatchView {
  T* data = nullptr;
  std::int64_t task_stride = 0;  ///< elements between consecutive tasks
  std::int64_t item_stride = 1;  ///< elements between consecutive items

  /// Task-major: data[task * items + item].
  static BatchView array_of_structs(T* data, std::int64_t items) { return {data, items, 1}; }
  /// Item-major: data[item * tasks + task].
  static BatchView struct_of_arrays(T* data, std::int64_t tasks) { return {data, 1, tasks}; }
};

/// One number per task: in memory accessible to the executor's calls, or the same for all. A non-owning view.
template <class T>
struct Column {
  T const* data = nullptr;  ///< task t: data[t * stride]
  std::int64_t stride = 1;  ///< in elements
  T value = T(0);           ///< for every task, if data is null

  Column() = default;
  /// The same number for all tasks.
  constexpr Column(T of_all) : value(of_all) {}  // NOLINT: a number is a column of that number
  /// first: null is an error at the solve, not a column of zeros.
  constexpr Column(T const* first, std::int64_t elements_apart)
      : data(first), stride(elements_apart), value(of_none()) {}

 private:
  static constexpr T of_none() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_quiet_NaN ? Limits::quiet_NaN() : Limits::lowest();
  }
};

/// Stopping criteria: each one number for all tasks, or one per task.
template <class Real>
struct Stopping {
  Column<Real> tolerance = Real(1e-6);          ///< eps > 0: stop at measure <= eps
  Column<std::int32_t> max_iterations = 10000;  ///< 0 or more
};

/// Source of the parameters that a task was solved with.
enum class Origin : std::int32_t {
  chosen = 0,    ///< predicted by the meta-solver; the caller's if there is none
  replaced = 1,  ///< the prediction was not finite or out of range: the caller's constant was used
  retried = 2,   ///< the task failed with the prediction and was solved again with the caller's constant
  constant = 3,  ///< an OnlineMetaSolver chose the caller's constant, as the best or to compare with it
};

/// How often predictions were not used in one call.
struct Tally {
  std::int64_t replaced = 0;  ///< tasks of Origin::replaced
  std::int64_t retried = 0;   ///< tasks of Origin::retried, successful or not
};

/// The caller's arrays, each optional, in memory accessible to the executor. None may overlap another or an input,
/// unless the solver documents it.
template <class Real>
struct Results {
  std::int32_t* status = nullptr;      ///< [count] values of Status
  std::int32_t* iterations = nullptr;  ///< [count] of both attempts together, at most 2^31 - 1; an attempt that broke
                                       ///< down or became not finite counts as its limit
  Real* measure = nullptr;             ///< [count] at the last iterate
  BatchView<Real> solution = {};       ///< [count][N] last iterate; untouched on breakdown and not_finite
  BatchView<Real> history = {};  ///< [count][max_iterations + 1] L_0 ... L_K of the last attempt; the rest is untouched
  Origin* origin = nullptr;      ///< [count]
  Tally* tally = nullptr;        ///< one; overwritten, not accumulated
};

class OnlineMetaSolver;

/// A meta-solver that learns from a call (online_meta_solver.hpp), and what it sees of the tasks.
struct Online {
  OnlineMetaSolver* meta_solver = nullptr;  ///< null: none. Of the solver's executor; must outlive the call
  BatchView<double const> features = {};    ///< [count][its features], in memory accessible to the executor; may
                                            ///< overlap results
};

/// How a call uses a solver's meta-solver. In every case a predicted parameter that is not finite or out of the
/// solver's range is replaced by the caller's constant for that task.
struct Policy {
  bool meta_solver = true;                ///< false: use the caller's parameters
  bool retry = false;                     ///< solve tasks that did not converge again, with the caller's constants
  std::int32_t first_max_iterations = 0;  ///< with retry: iteration limit of the attempt with predicted parameters; 0:
                                          ///< the task's limit. Tasks of Origin::replaced use their own limit
  /// Chooses the parameters instead of the solver's own meta-solver, and learns. Tasks that do not converge are always
  /// solved again with the caller's constants.
  Online online = {};
};

/// The caller's memory for a solver to work in: accessible to its executor, aligned to 256 bytes. It must outlive the
/// solver and belong to it alone: no array of a call may overlap it. Null: the solver allocates its own.
struct Workspace {
  void* data = nullptr;
  std::size_t bytes = 0;
};

}  // namespace metasolve
