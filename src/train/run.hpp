// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/train/run_folder.hpp"

/// A training in a folder, from its lock to its manifest's last word: the same for the command line and the library.
namespace metasolve::train {

struct RunRequest {
  RunFiles files;
  bool resume = false;  ///< go on with the run there; else there must be none
  config::RunConfig config;
  std::vector<std::string> argv;  ///< for the manifest
  Remedies remedies;
  std::function<void()> started;  ///< once the folder is taken; may be empty
  TrainerHooks hooks;
};

/// Of a run that had finished.
TrainResult finished_result(FoundRun const& run);

/// Makes the folder, takes it, mends what it can of a run there, and trains to the end or until it is stopped; leaves
/// one that had finished as it is. A run that fails before its first checkpoint leaves nothing behind, so that the call
/// can be made again.
/// @throws InputError somebody trains there, the folder holds another run, or one that was begun otherwise;
/// OutputError; DeviceError
TrainResult train_run(Executor const& executor, RunRequest const& request);

}  // namespace metasolve::train
