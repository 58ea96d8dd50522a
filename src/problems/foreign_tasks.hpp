// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "metasolve/error.hpp"
#include "src/engine/solve_stage.hpp"

/// Problems that the library was not compiled with: a program that links it brings their solvers.
namespace metasolve::problems {

struct ForeignTasks;

struct ForeignProblem {
  std::string name;
  std::type_index type = typeid(void);  ///< tells two of one name apart
  int columns = 0;                      ///< of a row
  int features = 0, outputs = 0;
  std::vector<kernels::HeadEntry> head;                  ///< a parameter each
  std::vector<int> parameter_columns;                    ///< likewise
  std::vector<std::string> column_names, feature_names;  ///< for messages
  /// The solver bound to tasks. @throws DeviceError the program was not compiled for such an executor
  std::function<engine::TaskGroup<double>(exec::Backend& exec, ForeignTasks const& tasks,
                                          engine::StageLimits const& limits)>
      bind;
  /// features [n][features] of rows [n][columns].
  std::function<void(double const* rows, std::int64_t n, double* of_rows)> features_of;
};

struct ForeignTasks {
  std::int64_t count = 0;
  std::shared_ptr<ForeignProblem const> problem;
  std::shared_ptr<void const> solver;  ///< of the problem's type, with settings of its own; null: as it is made
  /// Tasks first ... first + n - 1: rows [n][columns].
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
};

template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, ForeignTasks const& tasks, engine::StageLimits const& limits) {
  if constexpr (!std::is_same_v<Scalar, double>) {
    throw InputError("solver.precision: problem " + tasks.problem->name + " is solved in \"double\" alone");
  } else {
    return tasks.problem->bind(exec, tasks, limits);
  }
}

}  // namespace metasolve::problems
