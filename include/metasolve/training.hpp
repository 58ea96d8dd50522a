// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

#include "metasolve/executor.hpp"

namespace metasolve {

/// What tasks are for: to learn from, to choose the best weights by, to judge by. No task should be in two of them.
enum class TaskSet { train, validation, test };

/// Writes tasks first ... first + n - 1 of a set as rows [n][columns] of the problem, host memory: every column; one
/// that is left unwritten is an error, as is NaN. Called from one thread, in any order, the same task more than once:
/// it must give the same numbers then.
using TaskRows = std::function<void(TaskSet set, std::int64_t first, std::int64_t n, double* rows)>;

/// How a training went, on the test tasks. Means are over all of them: one that did not converge, whatever kept it from
/// it, counts as solver.max_iterations; `failed`, `constant_failed`, `tuned_failed` say how many do. Where the training
/// was stopped, the first four are NaN: nothing was evaluated.
struct TrainingReport {
  double constant_iterations = 0;  ///< mean, with the rows' own parameters
  double iterations = 0;           ///< mean, with the meta-solver's
  double converged = 0;            ///< share of tasks, with the meta-solver
  double time_ratio = 0;           ///< wall-clock, inference included, meta-solver / constant
  double seconds = 0;              ///< of training
  bool finished = true;            ///< false: stopped by TrainingControl::stop, and can be resumed

  std::int64_t tasks = 0;                             ///< that were solved
  std::int64_t failed = 0, constant_failed = 0;       ///< with the meta-solver's parameters, with the rows' own
  std::optional<double> tuned = {};                   ///< the best constant value of the first parameter, as found
                                                      ///< before training; empty: it has no range to look in
  double tuned_iterations = 0, tuned_time_ratio = 0;  ///< with that constant, as above; 0 without one
  std::int64_t tuned_failed = 0;
  bool gives_constant = false;  ///< no epoch was better on the validation tasks than the better constant, which the
                                ///< meta-solver therefore gives
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
/// out is a network of two times 16 units in single precision that starts at the best constant (network.start),
/// trained by Adam for 20 epochs on 100,000 tasks.
using TrainingSettings = std::vector<std::string>;

namespace api {
/// A problem that problem_solver.hpp has made known.
struct ProblemIdentity {
  std::string name;
  std::type_index type;
};
struct RunTasks {
  TaskRows rows;
  std::shared_ptr<void const> solver;  ///< the problem's, with its settings
};
/// Both wait.
TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             RunTasks const& tasks, TrainingSettings const& settings,
                             TrainingControl const& control = {});
TrainingReport evaluate_problem(ProblemIdentity const& problem, Executor const& executor,
                                std::filesystem::path const& run, RunTasks const& tasks,
                                TrainingSettings const& settings);
}  // namespace api

}  // namespace metasolve
