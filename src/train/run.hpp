// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/run_folder.hpp"

/// A training in a folder, from locking it to its final manifest: shared by the command line, runs.hpp and
/// train_problem.hpp.
namespace metasolve::train {

struct RunRequest {
  RunFiles files;
  bool resume = false;  ///< resume the run there; else there must be none
  config::RunConfig config;
  std::vector<std::string> argv;  ///< for the manifest
  Remedies remedies;
  std::function<void()> started;  ///< called once the folder is locked; may be empty
  TrainerHooks hooks;
};

/// Remedies in the terms of training.hpp.
inline Remedies const remedies_of_library{"TrainingControl::resume", "train into another folder"};

TrainerHooks hooks_of(TrainingControl const& control);

/// The result of a finished run. Rewrites a missing or damaged model.safetensors. @throws OutputError
TrainResult finished_result(RunFiles const& files, FoundRun const& run);

/// Creates and locks the folder, repairs a run there as far as possible, and trains until finished or stopped; a
/// finished run is unchanged. A run that fails before its first checkpoint leaves no files, so that the call can be
/// repeated.
/// @throws InputError another training uses the folder, or it holds another run or one with other settings;
/// OutputError; DeviceError
TrainResult train_run(Executor const& executor, RunRequest const& request);

}  // namespace metasolve::train
