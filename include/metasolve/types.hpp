// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace metasolve {

/// How the solve of one task ended.
enum class Status : std::int32_t {
  converged = 0,        ///< measure <= tolerance; NaN never is
  iteration_limit = 1,  ///< not converged after the allowed number of iterations
  not_finite = 2,       ///< the measure became NaN or infinite
  breakdown = 3,  ///< cannot be set up, or go on: a zero diagonal entry, a norm that is 0 or not finite; or converged
                  ///< outside of its system's bounds
  stagnated = 4,  ///< the measure cannot be brought down to the tolerance in this precision
};

/// What a solver of A u = f compares with the tolerance; both are without unit, in the 2-norm.
enum class Measure : std::int32_t {
  relative_error,     ///< ||u_k - u|| / ||u||, u the known solution (the paper's, section 2.2.1)
  relative_residual,  ///< ||f - A u_k|| / ||f||
};

/// A matrix [tasks][items] in memory that the executor's calls can reach. A view: it owns nothing and must not outlive
/// its memory. Null data: the argument is left out, where its text allows that.
template <class T>
struct BatchView {
  T* data = nullptr;
  std::int64_t task_stride = 0;  ///< elements from a task to the next
  std::int64_t item_stride = 1;  ///< elements from an item to the next

  /// Task after task: data[task * items + item].
  static BatchView array_of_structs(T* data, std::int64_t items) { return {data, items, 1}; }
  /// Item after item: data[item * tasks + task].
  static BatchView struct_of_arrays(T* data, std::int64_t tasks) { return {data, 1, tasks}; }
};

/// One number of each task: in memory that the executor's calls can reach, or the same for all. A view: it owns
/// nothing.
template <class T>
struct Column {
  T const* data = nullptr;  ///< of task t: data[t * stride]
  std::int64_t stride = 1;  ///< in elements
  T value = T(0);           ///< of every task, where data is null

  Column() = default;
  constexpr Column(T of_all) : value(of_all) {}  // NOLINT: a number is a column of that number
  /// first: null is an error where it is solved, not a column of zeros.
  constexpr Column(T const* first, std::int64_t elements_apart)
      : data(first), stride(elements_apart), value(of_none()) {}

 private:
  static constexpr T of_none() {
    using Limits = std::numeric_limits<T>;
    return Limits::has_quiet_NaN ? Limits::quiet_NaN() : Limits::lowest();
  }
};

/// When a task stops: each by a number for all tasks, or by one for each.
template <class Real>
struct Stopping {
  Column<Real> tolerance = Real(1e-6);          ///< eps > 0: stop at measure <= eps
  Column<std::int32_t> max_iterations = 10000;  ///< 0 or more
};

/// Where the parameters come from that a task was solved with.
enum class Origin : std::int32_t {
  chosen = 0,    ///< the meta-solver's; the caller's where there is none
  replaced = 1,  ///< the meta-solver's was not finite or out of range: the caller's constant instead
  retried = 2,   ///< the task failed with the meta-solver's and was solved again with the caller's constant
};

/// How often the meta-solver was not followed, over one call.
struct Tally {
  std::int64_t replaced = 0;  ///< tasks of Origin::replaced
  std::int64_t retried = 0;   ///< tasks of Origin::retried, whether or not that helped
};

/// The caller's arrays, each or none, where the executor can reach them. None may overlap another, or what the call
/// reads, but where the text of a solver allows that.
template <class Real>
struct Results {
  std::int32_t* status = nullptr;      ///< [count] values of Status
  std::int32_t* iterations = nullptr;  ///< [count] made, by both attempts, at most 2^31 - 1; an attempt that broke down
                                       ///< or became not finite counts as its limit
  Real* measure = nullptr;             ///< [count] of the last iterate
  BatchView<Real> solution = {};       ///< [count][N] the last iterate; untouched on breakdown and not_finite
  BatchView<Real> history = {};  ///< [count][max_iterations + 1] L_0 ... L_K of the last attempt; it leaves the rest
  Origin* origin = nullptr;      ///< [count]
  Tally* tally = nullptr;        ///< one; written, not added to
};

/// What a call does with a solver's meta-solver. Whatever it says, a parameter of the meta-solver's that is not finite
/// or out of the solver's range is replaced by the caller's constant for that task.
struct Policy {
  bool meta_solver = true;  ///< false: the caller's parameters, as if there were none
  bool retry = false;       ///< solve a task again, with the caller's constants, where it did not converge
  std::int32_t first_max_iterations =
      0;  ///< with retry: iterations after which the attempt with the meta-solver's parameters
          ///< ends; 0: the task's limit. A task of Origin::replaced has its own limit
};

/// Memory of the caller's for a solver to work in, reached by its executor, aligned to 256 bytes; it must outlive the
/// solver and belong to one solver alone: no array of a call may overlap it. Null: the solver takes its own.
struct Workspace {
  void* data = nullptr;
  std::size_t bytes = 0;
};

}  // namespace metasolve
