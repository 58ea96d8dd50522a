// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/train/run.hpp"
#include "metasolve/detail/train/statistics.hpp"

/// Constants found by gradient: learning without a network. They are the biases of one that sees no features, so that
/// the training is an ordinary one, and its run an ordinary run.
namespace metasolve::train {

/// Whether the problem's constants are found so (Problem::learn_constants).
bool tunes_by_gradient(config::RunConfig const& config);

/// Usual time of a search.
inline constexpr double usual_tuning_seconds = 60;

struct GradientTuning {
  config::RunConfig config;     ///< as given, with the constants in place of its own
  SideFigures before, after{};  ///< of the validation tasks, with the given constants and those found; cold starts
  std::vector<double> found{};  ///< [parameters]; empty: none were better
  int epochs = 0;
  double seconds = 0;    ///< in all
  bool stopped = false;  ///< by hooks.stop; constants are then the best until there
};

/// Trains in the folder, in about `budget` seconds and at most training.epochs epochs, on the training tasks at
/// solver.tolerance; then writes `constants.toml` there, the configuration with the constants. Tasks that fail count as
/// evaluation.max_iterations.
/// @throws InputError the problem has no such constants; the folder holds a run; else as train_run
GradientTuning tune_by_gradient(Executor const& executor, config::RunConfig const& config, RunRequest request,
                                double budget);

/// The file of a folder.
std::filesystem::path constants_file(RunFiles const& files);

}  // namespace metasolve::train
