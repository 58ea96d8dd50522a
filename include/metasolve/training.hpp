// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
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

/// How a training went, on the test tasks. Where it was stopped the first four are NaN: nothing was evaluated.
struct TrainingReport {
  double constant_iterations = 0;  ///< mean, with the rows' own parameters; a task that failed counts as the limit
  double iterations = 0;           ///< mean, with the meta-solver's
  double converged = 0;            ///< share of tasks, with the meta-solver
  double time_ratio = 0;           ///< wall-clock, inference included, meta-solver / constant
  double seconds = 0;              ///< of training
  bool finished = true;            ///< false: stopped by TrainingControl::stop, and can be resumed
};

/// How a training goes on, and how it is stopped.
struct TrainingControl {
  /// Goes on with the run in the folder, bit for bit as if it had not been stopped or killed, and begins one where
  /// there is none: the same call, made again until it has finished. Without it a folder that holds a run is refused.
  bool resume = false;
  /// Set to true, by any thread or a signal handler: the training saves after the step in progress and returns. May be
  /// null.
  std::atomic<bool> const* stop = nullptr;
  /// What a user should know at once: a file of the run that is lost, damaged or written again. May be empty.
  std::function<void(std::string const&)> notice = {};
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
/// Both wait.
TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             ForeignRun const& tasks, TrainingSettings const& settings,
                             TrainingControl const& control = {});
TrainingReport evaluate_problem(ProblemIdentity const& problem, Executor const& executor,
                                std::filesystem::path const& run, ForeignRun const& tasks,
                                TrainingSettings const& settings);
}  // namespace api

}  // namespace metasolve
