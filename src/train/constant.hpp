// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "src/train/checkpoint.hpp"

/// What a meta-solver is held against while it is trained: constant parameters. Training begins at the best of them
/// (network.start = "tuned"), and keeps no weights that are not better on the validation tasks.
namespace metasolve::train {

/// Looks for the best constant value of the problem's parameter, where network.start asks for it and the network has an
/// output for it; empty: not so. On some of the training tasks. @throws InputError, DeviceError
std::optional<double> tuned_constant(Executor const& executor, config::RunConfig const& config,
                                     engine::Tasks const& train);

/// The weights that training begins with: as drawn, but where there is a tuned value the network gives that to every
/// task, and their own guesses.
std::vector<double> first_weights(config::RunConfig const& config, std::optional<double> tuned);

/// Solves the validation tasks by the constants: the tasks' own parameters, and the tuned value where there is one.
/// Sets `state.constants` and, in state, that the best so far is a constant; gives that as a checkpoint. The learner's
/// weights are others afterwards. Synchronizes.
Checkpoint best_constant(engine::Learner& learner, std::optional<double> tuned, Checkpoint& state);

/// "the constant shift 0.01", "the zero guess", "the tasks' own parameters": the better one.
std::string constant_name(config::RunConfig const& config, Constants const& constants);

/// The tasks, solved with the tuned constant where that is the better one, else with their own parameters.
engine::Tasks with_best_constant(Constants const& constants, engine::Tasks tasks);

}  // namespace metasolve::train
