// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "metasolve/meta_solver.hpp"
#include "metasolve/training.hpp"

namespace metasolve {

/// A parameter that somebody else's solver takes.
struct BlackBoxParameter {
  std::string name;
  double low = 0, high = 1;  ///< a meta-solver predicts values between them
  bool logarithmic = false;  ///< spaced logarithmically above `low` > 0; predictions are then between 0 and high
  double constant = 0.5;     ///< what a meta-solver is compared with
};

/// A solver that is known by its calls alone: a family of tasks, each some numbers, and the iterations that their
/// solves take. Its gradients are central differences: a task's probes are further members of the batch.
struct BlackBox {
  std::string name;                            ///< of the problem, in runs and models
  std::vector<std::string> columns;            ///< the numbers of a task, all of which a network sees
  std::vector<BlackBoxParameter> parameters;   ///< 1 or more
  std::vector<std::string> by_logarithm = {};  ///< columns of which a network sees log10: they must be positive

  /// Solves tasks: rows [count][columns], theta [count][parameters]. Writes iterations [count], 0 or more, at most the
  /// limit, and status [count], values of Status (0, converged, when it is called). Host memory, valid during the call.
  /// The same task may occur several times. Called from one thread; an exception ends the training and is thrown on.
  std::function<void(std::int64_t count, double const* rows, double const* theta, std::int32_t limit,
                     std::int32_t* iterations, std::int32_t* status)>
      solve;
};

/// @throws InputError the box cannot be used, as an empty name or range; names what is wrong
void validate(BlackBox const& box);

/// Trains a meta-solver for it on the CPU, as train_meta_solver does for a problem of the program's own
/// (train_problem.hpp), with the same settings; solver.difference is the differences' step, relative to the distance
/// from the nearer end of the parameter's range. rows: [n][columns] of each task. A task that breaks down at a probe
/// has slope 0. Only a box with one parameter is also compared with the best constant (TrainingReport::tuned).
/// @throws InputError also what validate rejects, an executor with other than host memory, another box of that name
/// with other columns or parameters; else as train_meta_solver
TrainingReport train_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                               TaskRows const& rows, TrainingSettings const& settings = {},
                               TrainingControl const& control = {});

/// As evaluate_meta_solver. The times are those of the box's calls.
TrainingReport evaluate_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                                  TaskRows const& rows, TrainingSettings const& settings = {});

/// Parameters [n][parameters] that the meta-solver predicts for rows [n][columns], both in host memory.
/// @throws InputError a meta-solver of another problem
void predict_parameters(BlackBox const& box, MetaSolver const& meta_solver, std::int64_t n, double const* rows,
                        double* parameters);

}  // namespace metasolve
