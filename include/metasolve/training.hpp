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

/// Purpose of a task set: training, selection of the best weights, evaluation. The sets should be disjoint.
enum class TaskSet { train, validation, test };

/// Writes tasks first ... first + n - 1 of a set as rows [n][columns] of the problem in host memory. Every column must
/// be written; NaN is an error. Called from one thread, in any order, possibly repeatedly for the same task, for which
/// it must return the same numbers.
using TaskRows = std::function<void(TaskSet set, std::int64_t first, std::int64_t n, double* rows)>;

/// Result of a training on the test tasks. Means are over all of them: a task that did not converge for any reason
/// counts as solver.max_iterations; `failed`, `constant_failed`, `tuned_failed` count these. If the training was
/// stopped, the first four are NaN: nothing was evaluated.
struct TrainingReport {
  double constant_iterations = 0;  ///< mean, with the rows' own parameters
  double iterations = 0;           ///< mean, with the meta-solver's
  double converged = 0;            ///< fraction of tasks, with the meta-solver
  double time_ratio = 0;           ///< wall-clock, inference included, meta-solver / constant
  double seconds = 0;              ///< training time
  bool finished = true;            ///< false: stopped by TrainingControl::stop, and can be resumed
  bool was_finished = false;       ///< the run had already finished: nothing was trained now

  std::int64_t tasks = 0;                             ///< tasks solved
  std::int64_t failed = 0, constant_failed = 0;       ///< with the meta-solver's parameters, with the rows' own
  std::optional<double> tuned = {};                   ///< the best constant value of the first parameter, found before
                                                      ///< training; empty: the parameter has no search range
  double tuned_iterations = 0, tuned_time_ratio = 0;  ///< with that constant, as above; 0 without one
  std::int64_t tuned_failed = 0;
  bool gives_constant = false;  ///< no epoch beat the better constant on the validation tasks, so the meta-solver
                                ///< predicts that constant
};

/// Progress of a training after an epoch.
struct TrainingProgress {
  int epoch = 0;    ///< epochs done
  int epochs = 0;   ///< total
  double loss = 0;  ///< mean over the training tasks, as they were processed
  double validation_loss = 0;
  double validation_iterations = 0;  ///< mean, at solver.tolerance
  double best_iterations = 0;        ///< of the best weights so far, or of the constants
  double constant_iterations = 0;    ///< of the best constant parameters; not finite: unknown
  double rate = 0;                   ///< the optimizer's
  double tolerance = 0;              ///< trained for in this epoch
  double tasks_per_second = 0;       ///< training tasks, in this call
  double seconds = 0;                ///< total training time
  double seconds_left = 0;           ///< at this call's rate
  int members = 1;                   ///< training.members
  int member = 0;                    ///< that the losses and validation_iterations are of: the best in this epoch
  int best_member = 0;               ///< that best_iterations are of
};

/// Resuming, stopping and watching a training. The callbacks run in the thread that trains. An exception of theirs ends
/// the training; a run that has a checkpoint can then be resumed from it.
struct TrainingControl {
  /// Continues the run in the folder, bitwise as if it had not been stopped or killed; starts one if there is none.
  /// Repeat the same call until it finishes. Tasks whose feature distribution differs from the run's are rejected. If
  /// false, a folder that holds a run is rejected.
  bool resume = false;
  /// Set to true by any thread or a signal handler: the training saves after the current step and returns. May be null.
  std::atomic<bool> const* stop = nullptr;
  /// Receives warnings for the user: a file of the run that is lost, damaged or rewritten. May be empty.
  std::function<void(std::string const&)> notice = {};
  /// Called after each epoch. May be empty.
  std::function<void(TrainingProgress const&)> progress = {};
};

/// Keys as listed by `metasolve keys`, as "section.key=value": "training.epochs=50", "problem.train_tasks=20000".
/// Default: a network of two layers of 16 units in single precision that starts at the best constant (network.start),
/// trained by Adam for 20 epochs on 100,000 tasks.
using TrainingSettings = std::vector<std::string>;

namespace api {
/// A problem registered by train_problem.hpp.
struct ProblemIdentity {
  std::string name;
  std::type_index type;
};
/// What a run learns from, and how it is solved.
struct RunTasks {
  TaskRows rows;
  std::shared_ptr<void const> solver;  ///< the problem's solver, with its settings
};
/// Both synchronize.
TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             RunTasks const& tasks, TrainingSettings const& settings,
                             TrainingControl const& control = {});
TrainingReport evaluate_problem(ProblemIdentity const& problem, Executor const& executor,
                                std::filesystem::path const& run, RunTasks const& tasks,
                                TrainingSettings const& settings);
}  // namespace api

}  // namespace metasolve
