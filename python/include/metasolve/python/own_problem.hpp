// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "metasolve/setup.hpp"
#include "metasolve/training.hpp"
#include "metasolve/types.hpp"
#include "metasolve/version.h"

/// What the Python extension knows of a problem that was compiled for it from a user's text (own_problem_of.hpp). Both
/// sides are compiled with one version of the library, so types of the library and of the standard library may pass.
namespace metasolve::python {

/// To be raised with every change of this file.
inline constexpr int own_problem_interface = 1;

/// Numbers of each task that follow each other in its row: [count][items], or one column.
struct TaskArgument {
  char const* name;
  int items = 0;  ///< of `view`; -1: `column`
  BatchView<double const> view = {};
  Column<double> column = {};
};

/// Bounds of every entry after each iteration.
using Clamp = std::optional<std::pair<double, double>>;

class OwnSolver {
 public:
  virtual ~OwnSolver() = default;
  /// arguments: all columns of a row, in their order. As ImplicitEulerSolver::solve, with its errors.
  virtual void solve(std::int64_t count, std::span<TaskArgument const> arguments, Stopping<double> const& stopping,
                     Results<double> const& results, Policy const& policy) = 0;
};

/// What a training and an evaluation have in common.
struct OwnTasks {
  TaskRows rows;
  Clamp clamp;
  TrainingSettings settings;
};

class OwnProblem {
 public:
  virtual ~OwnProblem() = default;
  [[nodiscard]] virtual int unknowns() const = 0;
  [[nodiscard]] virtual int columns() const = 0;
  [[nodiscard]] virtual std::string column_name(int c) const = 0;
  [[nodiscard]] virtual std::string feature_name(int f) const = 0;
  [[nodiscard]] virtual int features() const = 0;
  [[nodiscard]] virtual std::unique_ptr<OwnSolver> solver(Executor const& executor, Clamp const& clamp,
                                                          Setup const& setup) const = 0;
  [[nodiscard]] virtual TrainingReport train(Executor const& executor, std::filesystem::path const& run,
                                             OwnTasks const& tasks, TrainingControl const& control) const = 0;
  [[nodiscard]] virtual TrainingReport evaluate(Executor const& executor, std::filesystem::path const& run,
                                                OwnTasks const& tasks) const = 0;
};

/// What a compiled library answers, before anything else of it is used.
struct OwnLibrary {
  int interface = own_problem_interface;
  char const* version = METASOLVE_VERSION_STRING;  ///< of the library's headers
  OwnProblem const* problem = nullptr;
};

/// The name of the library's only function, which returns an OwnLibrary const*.
inline constexpr char const* own_library_function = "metasolve_own_library";

}  // namespace metasolve::python
