// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "src/train/checkpoint.hpp"

/// Settings of a run that is gone on with, or solved with.
namespace metasolve::train {

/// The first key by which two configurations train other weights, to the last bit; empty: there is none.
/// resources.memory is one: it says where a batch is cut.
std::string difference(config::RunConfig const& a, config::RunConfig const& b);

/// @throws InputError they train other weights; from: what the run was begun with is read from; elsewhere: what else
/// can be done
void require_same(config::RunConfig const& given, config::RunConfig const& run, std::filesystem::path const& from,
                  std::string const& elsewhere);

/// A checkpoint with overrides (section.key=value) of its configuration. @throws InputError also for an override of
/// what the trained network rests on
Checkpoint read_model(std::filesystem::path const& checkpoint, std::vector<std::string> const& overrides);

/// @throws UnknownProblem, always
[[noreturn]] void throw_unknown_problem(std::string const& origin, std::string const& problem);

}  // namespace metasolve::train
