// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "metasolve/detail/engine/batch_solver.hpp"

/// The engine's and training's view of tasks, independent of their problem.
namespace metasolve::engine {

class TaskKind;

/// Tasks of one problem on an executor: the features for the network, and the solver bound to the tasks.
template <class Scalar>
struct TaskGroup {
  std::int64_t count = 0;
  kernels::BatchView<Scalar const> features;  ///< [count][features], into data
  /// [count][parameters], into data: the parameters without a meta-solver; null: zeros.
  kernels::BatchView<Scalar const> default_parameters{};
  std::shared_ptr<void> data;  ///< owns what the views point into
  std::unique_ptr<SolveStage<Scalar>> solver;
  /// Makes a fused solve of at most `capacity` slots with a single-precision network of this shape; null: the shape has
  /// none. Empty: the problem has none.
  std::function<std::unique_ptr<FusedSolve<Scalar>>(network::MetaNetworkShape const& shape, std::int64_t capacity)>
      fuse;
};

/// Tasks of one problem on the host, generated on demand in any order. Cheap to copy.
struct Tasks {
  std::int64_t count = 0;
  std::shared_ptr<TaskKind const> kind;
  /// Tasks first ... first + n - 1: rows [n][kind->width()].
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

/// Where the value of a parameter comes from.
enum class ParameterOrigin {
  configured,  ///< from the configuration, in its unit
  predicted,   ///< predicted by a network
};

/// Common to the tasks: sizes, patterns, solver settings, and binding to the solver. May hold what was determined at
/// run time. Immutable.
class TaskKind {
 public:
  virtual ~TaskKind() = default;
  /// Numbers per row.
  [[nodiscard]] virtual std::int64_t width() const = 0;
  /// Of a row; empty: they have none.
  [[nodiscard]] virtual std::vector<std::string> column_names() const { return {}; }
  /// Copies the tasks to the executor's memory and binds the solver to them. While the executor is planning, only
  /// counts memory and does not fill the tasks. @throws InputError, DeviceError, std::bad_alloc
  [[nodiscard]] virtual TaskGroup<double> bind(exec::Backend& exec, Tasks const& tasks,
                                               StageLimits const& limits) const = 0;
  /// @throws InputError the precision is not supported; else as bind
  [[nodiscard]] virtual TaskGroup<float> bind_float(exec::Backend& exec, Tasks const& tasks,
                                                    StageLimits const& limits) const;
  /// The meta-solver's features before scaling: [n][number of features] from rows [n][width()].
  virtual void features_of(double const* rows, std::int64_t n, double* features) const = 0;
  /// Names what determines the time of a task on one machine, such as "iccg 243 unknowns ..."; empty: nothing does.
  [[nodiscard]] virtual std::string cost_name() const { return {}; }
  /// These tasks, which must be of this kind, with another value of the tuned parameter (problems/problem.hpp).
  /// @throws Error there is none
  [[nodiscard]] virtual Tasks with_parameter(Tasks tasks, double value, ParameterOrigin origin) const;
};

/// Without tasks returns a group without a solver.
template <class Scalar>
TaskGroup<Scalar> bind(exec::Backend& exec, Tasks const& tasks, StageLimits const& limits) {
  if (tasks.count == 0) return {};
  if constexpr (std::is_same_v<Scalar, double>) {
    return tasks.kind->bind(exec, tasks, limits);
  } else {
    return tasks.kind->bind_float(exec, tasks, limits);
  }
}

/// Calls use(rows, first, n) for all tasks in order, at most `most` at a time, so that the host never holds all of
/// them.
void for_each_part(Tasks const& tasks, std::int64_t most,
                   std::function<void(double const* rows, std::int64_t first, std::int64_t n)> const& use);

/// Uploads columns column ... column + length - 1 of n rows [n][width] to `to` [tasks][length], for tasks from `first`
/// on.
template <class Scalar>
void upload_columns(exec::Buffer<Scalar>& to, double const* rows, std::int64_t width, std::int64_t column,
                    std::int64_t length, std::int64_t first, std::int64_t n) {
  std::vector<Scalar> apart(static_cast<std::size_t>(n * length));
  for (std::int64_t t = 0; t < n; ++t) std::copy_n(rows + t * width + column, length, apart.data() + t * length);
  to.upload(apart.data(), n * length, first * length);
}

/// The tasks with another value of the tuned parameter.
inline Tasks with_parameter(Tasks const& tasks, double value, ParameterOrigin origin) {
  return tasks.kind->with_parameter(tasks, value, origin);
}

/// The meta-solver's features, before scaling, of tasks first ... first + n - 1.
void features_of(Tasks const& tasks, std::int64_t first, std::int64_t n, double* features);

/// tasks must outlive the result.
template <class Scalar>
typename BatchSolver<Scalar>::InputsOf inputs_of(TaskGroup<Scalar> const& tasks) {
  return [&tasks](std::int64_t first, std::int64_t) {
    return typename BatchSolver<Scalar>::Inputs{from(tasks.features, first), from(tasks.default_parameters, first)};
  };
}

/// All tasks of the first group, then all of the second, and so on. Requires at least one group, and all of one kind.
Tasks concatenated(std::vector<Tasks> groups);

/// Tasks first ... first + count - 1.
Tasks slice(Tasks const& tasks, std::int64_t first, std::int64_t count);

}  // namespace metasolve::engine
