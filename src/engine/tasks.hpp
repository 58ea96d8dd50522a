// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "src/engine/solve_stage.hpp"

/// Tasks as the engine and training see them, whatever their problem.
namespace metasolve::engine {

class TaskKind;

/// Tasks of one problem on the host, made on demand in any order. Copies are cheap.
struct Tasks {
  std::int64_t count = 0;
  std::shared_ptr<TaskKind const> kind;
  /// Tasks first ... first + n - 1: rows [n][kind->width()].
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

/// What a value of a parameter is taken for.
enum class ParameterOrigin {
  configured,  ///< as the configuration has it, in its unit
  predicted,   ///< as a network would give it
};

/// What tasks share: sizes, patterns, settings of their solver; and what binds them to it. May hold what was found out
/// at run time. Immutable.
class TaskKind {
 public:
  virtual ~TaskKind() = default;
  /// Numbers of a row.
  [[nodiscard]] virtual std::int64_t width() const = 0;
  /// The tasks in the executor's memory, and the solver bound to them. While the executor is planning, only counts
  /// memory; the tasks are not filled. @throws InputError, DeviceError, std::bad_alloc
  [[nodiscard]] virtual TaskGroup<double> bind(exec::Backend& exec, Tasks const& tasks,
                                               StageLimits const& limits) const = 0;
  /// @throws InputError there is no such precision; else as bind
  [[nodiscard]] virtual TaskGroup<float> bind_float(exec::Backend& exec, Tasks const& tasks,
                                                    StageLimits const& limits) const;
  /// What a meta-solver sees of tasks before scaling: features [n][width of the features] of rows [n][width()].
  virtual void features_of(double const* rows, std::int64_t n, double* features) const = 0;
  /// These tasks, which are of this kind, with another value of the parameter that is tuned (problems/problem.hpp).
  /// @throws Error there is none
  [[nodiscard]] virtual Tasks with_parameter(Tasks tasks, double value, ParameterOrigin origin) const;
};

/// No tasks: a group without a solver.
template <class Scalar>
TaskGroup<Scalar> bind(exec::Backend& exec, Tasks const& tasks, StageLimits const& limits) {
  if (tasks.count == 0) return {};
  if constexpr (std::is_same_v<Scalar, double>) {
    return tasks.kind->bind(exec, tasks, limits);
  } else {
    return tasks.kind->bind_float(exec, tasks, limits);
  }
}

/// use(rows, first, n): all tasks, in order, at most `most` at a time, so that the host never holds all of them.
void for_each_part(Tasks const& tasks, std::int64_t most,
                   std::function<void(double const* rows, std::int64_t first, std::int64_t n)> const& use);

/// Columns column ... column + length - 1 of n rows [n][width] into to [tasks][length], for tasks from `first` on.
template <class Scalar>
void upload_columns(exec::Buffer<Scalar>& to, double const* rows, std::int64_t width, std::int64_t column,
                    std::int64_t length, std::int64_t first, std::int64_t n) {
  std::vector<Scalar> apart(static_cast<std::size_t>(n * length));
  for (std::int64_t t = 0; t < n; ++t) std::copy_n(rows + t * width + column, length, apart.data() + t * length);
  to.upload(apart.data(), n * length, first * length);
}

/// The tasks with another value of the parameter that is tuned.
inline Tasks with_parameter(Tasks const& tasks, double value, ParameterOrigin origin) {
  return tasks.kind->with_parameter(tasks, value, origin);
}

/// The features of tasks first ... first + n - 1, as a meta-solver sees them before scaling.
void features_of(Tasks const& tasks, std::int64_t first, std::int64_t n, double* features);

/// All tasks of the first group, then all of the second, and so on. The groups: at least one, all of one kind.
Tasks concatenated(std::vector<Tasks> groups);

/// Tasks first ... first + count - 1 of them.
Tasks slice(Tasks const& tasks, std::int64_t first, std::int64_t count);

}  // namespace metasolve::engine
