// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "metasolve/executor.hpp"
#include "metasolve/training.hpp"

/// @file
/// Trains, evaluates, tunes and inspects as the command line does, for the problems that it lists (`metasolve
/// problems`); train_problem.hpp is for a problem of your own. Results are the JSON documents of the commands'
/// `--json`, as text. Link metasolve::train.
///
/// A configuration is TOML text, as in configs/. Its relative paths, and those in settings, are relative to the current
/// folder; load_configuration reads a file, whose paths are relative to the file's folder. Settings override it in
/// order. The executor's threads take the place of resources.threads.
///
/// Any thread may call, each with its own executor. Nothing is printed: what the user should know of the files goes to
/// `notice`, which may be empty. All synchronize.
///
/// All throw InputError for an unknown key or problem, a value out of range, values that do not fit each other, or a
/// file that cannot be read, with a message that names the cause and the remedy; OutputError; DeviceError;
/// std::bad_alloc.

namespace metasolve {

/// Trains in a folder, which is created if needed, as `metasolve train --out FOLDER` does. An existing run is never
/// overwritten: control.resume continues it; the configuration is then the same, or empty, which stands for the run's
/// own. A run that had finished is left as it is. May be killed at any moment. Returns the document of `metasolve train
/// --json`; its "finished" is false if the training was stopped.
/// @throws InputError also a folder that holds a run, without control.resume, or one of another configuration; a folder
///         in which another training runs; an empty configuration where there is no run
std::string train_run(Executor const& executor, std::filesystem::path const& folder, std::string const& configuration,
                      TrainingSettings const& settings = {}, TrainingControl const& control = {});

/// Compares a trained meta-solver with the baseline on the test tasks. run: a folder (its best checkpoint, else the
/// last one) or a checkpoint. settings: "problem.test_tasks=1000", "evaluation.tolerances=[1e-6]" and the like; the
/// network's are the run's. The run stays as it is. Returns the document of `metasolve evaluate
/// --json`.
/// @throws InputError also no such run; a setting that the network depends on
std::string evaluate_run(Executor const& executor, std::filesystem::path const& run,
                         TrainingSettings const& settings = {},
                         std::function<void(std::string const&)> const& notice = {});

/// Describes a model, a checkpoint or the best model of a run's folder, of a problem that is known here or not. Returns
/// the document of `metasolve inspect --json`.
std::string inspect_model(std::filesystem::path const& file);

/// Values of a constant parameter to try; what is empty is chosen as `metasolve tune` does.
struct TuningRange {
  std::optional<double> from = {}, to = {};  ///< an end that is given is not exceeded
  std::optional<double> spacing = {};        ///< between two relaxation factors; of shifts in decades
  bool by_seconds = false;                   ///< "best" is by time, not by iterations; the document has both
};

/// Finds the best constant parameter of a problem, such as a relaxation factor or a shift, on its training tasks. Many
/// constants, such as the penalties of "qp", are found by gradient, in about a minute; no range applies, and
/// "configuration" in the document is the given one with these constants.
/// Returns the document of `metasolve tune --json`.
/// @throws InputError also a problem without such a parameter; an empty range
std::string tune_constant(Executor const& executor, std::string const& configuration,
                          TrainingSettings const& settings = {}, TuningRange const& range = {},
                          std::function<void(std::string const&)> const& notice = {});

/// A configuration file with the settings applied, all keys written and paths absolute: as TOML text for the functions
/// here.
std::string load_configuration(std::filesystem::path const& file, TrainingSettings const& settings = {});

/// The configuration with which train_run would train, as JSON, one object per section: all keys, checked; task counts
/// that are left out are fitted to the data. As "config" of `metasolve train --dry-run --json`.
std::string resolved_configuration(std::string const& configuration, TrainingSettings const& settings = {},
                                   std::function<void(std::string const&)> const& notice = {});

}  // namespace metasolve
