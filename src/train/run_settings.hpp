// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "metasolve/detail/train/checkpoint.hpp"

/// Settings of a run that is resumed or used for solving.
namespace metasolve::train {

/// The first key whose difference changes the trained weights, to the last bit; empty: none. resources.memory is one:
/// it determines how a batch is split.
std::string difference(config::RunConfig const& a, config::RunConfig const& b);

/// @throws InputError they train different weights; from: where the run's settings are read from; elsewhere: the
/// alternative for the user
void require_same(config::RunConfig const& given, config::RunConfig const& run, std::filesystem::path const& from,
                  std::string const& elsewhere);

/// Reads a checkpoint and overrides (section.key=value) its configuration; override_name: their source, for messages.
/// @throws InputError also for an override of a key that the trained network depends on
Checkpoint read_model(std::filesystem::path const& checkpoint, std::vector<std::string> const& overrides,
                      std::string const& override_name = "--set");

/// Reduces default task counts where the data has fewer tasks. notice: what was reduced, and other remarks on the data;
/// may be empty. @throws InputError the data cannot be read
void fit_to_data(config::RunConfig& config, std::function<void(std::string const&)> const& notice);

/// What `find` returns on rank 0, on all ranks. Collective; null: one process.
config::RunConfig config_of_first(Ranks* ranks, std::function<config::RunConfig()> const& find);

/// @throws UnknownProblem, always
[[noreturn]] void throw_unknown_problem(std::string const& origin, std::string const& problem);

}  // namespace metasolve::train
