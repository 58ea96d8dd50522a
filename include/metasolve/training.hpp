// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "metasolve/executor.hpp"

namespace metasolve {

/// What tasks are for: to learn from, to choose the best weights by, to judge by. No task should be in two of them.
enum class TaskSet { train, validation, test };

/// Writes tasks first ... first + n - 1 of a set as rows [n][columns] of the problem, host memory. Called from one
/// thread, in any order, the same task more than once: it must give the same numbers then.
using TaskRows = std::function<void(TaskSet set, std::int64_t first, std::int64_t n, double* rows)>;

/// How a training went, on the test tasks.
struct TrainingReport {
  double constant_iterations = 0;  ///< mean, with the rows' own parameters; a task that failed counts as the limit
  double iterations = 0;           ///< mean, with the meta-solver's
  double converged = 0;            ///< share of tasks, with the meta-solver
  double time_ratio = 0;           ///< wall-clock, inference included, meta-solver / constant
  double seconds = 0;              ///< of training
};

/// What `metasolve keys` lists, as "section.key=value": "training.epochs=50", "problem.train_tasks=20000". What is left
/// out is a network of two times 16 units in single precision, trained by Adam for 20 epochs on 100,000 tasks.
using TrainingSettings = std::vector<std::string>;

namespace api {
/// A problem that problem_solver.hpp has made known.
struct ProblemIdentity {
  std::string name;
  std::type_index type;
};
struct ForeignRun {
  TaskRows rows;
  std::shared_ptr<void const> solver;  ///< the problem's, with its settings
};
/// Waits.
TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             ForeignRun const& tasks, TrainingSettings const& settings);
}  // namespace api

}  // namespace metasolve
