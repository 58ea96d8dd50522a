// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace metasolve {

/// How the solve of one task ended.
enum class Status : std::int32_t {
  converged = 0,        ///< measure <= tolerance; NaN never is
  iteration_limit = 1,  ///< not converged after the allowed number of iterations
  not_finite = 2,       ///< the measure became NaN or infinite
  breakdown = 3,        ///< cannot be set up: a zero diagonal entry, or a norm that is 0 or overflows
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

}  // namespace metasolve
