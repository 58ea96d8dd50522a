// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "metasolve/detail/train/checkpoint.hpp"

/// Constant parameters, the baseline of a meta-solver in training. Training starts from the best of them (network.start
/// = "tuned"), and keeps only weights that improve on them on the validation tasks.
namespace metasolve::train {

/// Searches the best constant value of the problem's parameter if network.start requires it and the network has an
/// output for it; else returns empty. Uses some of the training tasks. @throws InputError, DeviceError
std::optional<double> tuned_constant(Executor const& executor, config::RunConfig const& config,
                                     engine::Tasks const& train);

/// A member's initial weights: random, but with a tuned value the network predicts that value for every task, with the
/// tasks' own guesses.
std::vector<double> first_weights(config::RunConfig const& config, std::optional<double> tuned, int member);

/// Solves the validation tasks with the constants: the tasks' own parameters, and the tuned value if there is one.
/// Sets `state.constants`, marks a constant as the best so far in state, and returns it as a checkpoint. Overwrites all
/// members' weights. Synchronizes.
Checkpoint best_constant(engine::Learner& learner, std::optional<double> tuned, Checkpoint& state);

/// The better one, such as "the constant shift 0.01", "the zero guess", "the tasks' own parameters".
std::string constant_name(config::RunConfig const& config, Constants const& constants);

/// The tasks with the tuned constant if it is better, else with their own parameters.
engine::Tasks with_best_constant(Constants const& constants, engine::Tasks tasks);

}  // namespace metasolve::train
