// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "metasolve/meta_solver.hpp"
#include "metasolve/training.hpp"

namespace metasolve {

/// The values that a parameter takes.
enum class ParameterKind {
  interval,     ///< low to high
  logarithmic,  ///< 0 to high, spaced logarithmically above low > 0
  real,         ///< any number; a prediction is the constant plus `scale` times an output of the network
  integer,      ///< whole numbers from low to high, both included
  choice,       ///< one of `options`, given to the solver as its index: 0, 1, ...
};

/// A parameter that somebody else's solver takes.
struct BlackBoxParameter {
  std::string name;
  double low = 0, high = 1;  ///< ends of the range; not read for `real` and `choice`
  ParameterKind kind = ParameterKind::interval;
  double constant = 0.5;                  ///< what a meta-solver is compared with; of a choice: an index
  double scale = 1;                       ///< of `real` alone: the size of a typical change
  std::vector<std::string> options = {};  ///< of `choice` alone: 2 or more names

  bool operator==(BlackBoxParameter const&) const = default;
};

/// What training minimises, and what a box must return for it.
enum class BlackBoxCost {
  iterations,  ///< the count: a step function of the parameters, for which gradients need wide steps
  history,     ///< the surrogate of the count (loss.kind, loss.scale, loss.gain), smooth, from the measures L_0 ... L_K
  seconds,     ///< the time. Reports then count microseconds where they say iterations, and so does the limit
};

/// One call of a black box: solves to be done. A gradient's probes are further members of the same batch, so that a
/// parallel host solves them at once. Arrays are in host memory and valid during the call; the same task may occur
/// several times.
struct Probes {
  std::int64_t count = 0;
  double const* tasks = nullptr;    ///< [count][columns]
  double const* theta = nullptr;    ///< [count][parameters]
  double tolerance = 0;             ///< of the measure: L_k <= tolerance has converged
  std::int32_t max_iterations = 0;  ///< limit of a solve; of BlackBoxCost::seconds in microseconds

  std::int32_t* iterations = nullptr;  ///< [count] 0 or more; more than the limit counts as the limit
  /// [count] values of Status; 0, converged, when the box is called. A solve that has not converged counts as the
  /// limit.
  std::int32_t* status = nullptr;
  /// [count][max_iterations + 1]: L_0 ... L_K, K the iterations, each 0 or more; the rest is not read. Null unless the
  /// cost is `history`.
  double* history = nullptr;
  /// [count], above or at 0; without an answer (NaN) an equal share of the call's time counts. Null unless the cost is
  /// `seconds`.
  double* seconds = nullptr;
};

/// A solver that is known by its calls alone: a family of tasks, each some numbers, and the cost of their solves.
struct BlackBox {
  std::string name;                            ///< of the problem, in runs and models
  std::vector<std::string> columns;            ///< the numbers of a task
  std::vector<BlackBoxParameter> parameters;   ///< 1 or more
  std::vector<std::string> by_logarithm = {};  ///< columns of which a network sees log10: they must be positive
  std::vector<std::string> hidden = {};        ///< columns that a network does not see, as a file's number
  BlackBoxCost cost = BlackBoxCost::iterations;
  /// Columns, one for each parameter, with values known to be good: a solution, where the parameters are its guess.
  /// Control variates (solver.gradient) learn from the distance to them. Empty: unknown.
  std::vector<std::string> reference = {};
  /// A file that keeps the cost of each (task, parameters, tolerance, limit) that was solved, over runs and processes;
  /// created if needed. Empty: none. Tasks and parameters must determine the cost: delete the file when the solver
  /// changes. Times of an evaluation (time_ratio) are then no longer the solver's.
  std::filesystem::path cache = {};

  /// Called from one thread. An exception ends the training and is thrown on.
  std::function<void(Probes const& probes)> solve = {};
};

/// @throws InputError the box cannot be used, as an empty name or range; names what is wrong
void validate(BlackBox const& box);

/// Trains a meta-solver for it on the CPU, as train_meta_solver does for a problem of the program's own
/// (train_problem.hpp), with the same settings. solver.gradient: how gradients are estimated, with its keys
/// (docs/black_box.md): central differences by default, the score function if a parameter is a choice. rows:
/// [n][columns] of each task. Only a box whose first parameter has a range is also compared with the best constant
/// (TrainingReport::tuned).
/// @throws InputError also what validate rejects, an executor with other than host memory, another box of that name
/// with other columns or parameters; else as train_meta_solver
TrainingReport train_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                               TaskRows const& rows, TrainingSettings const& settings = {},
                               TrainingControl const& control = {});

/// As evaluate_meta_solver. The times are those of the box's calls.
TrainingReport evaluate_black_box(Executor const& executor, std::filesystem::path const& run, BlackBox const& box,
                                  TaskRows const& rows, TrainingSettings const& settings = {});

/// Parameters [n][parameters] that the meta-solver predicts for rows [n][columns], both in host memory: whole numbers
/// for `integer`, indices for `choice`.
/// @throws InputError a meta-solver of another problem
void predict_parameters(BlackBox const& box, MetaSolver const& meta_solver, std::int64_t n, double const* rows,
                        double* parameters);

}  // namespace metasolve
