// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "paper/reproductions.hpp"
#include "src/train/side_by_side.hpp"

namespace metasolve::paper {

/// The best weights of each configuration's training, in order. Those that settings.models holds are read, others are
/// trained and written there as soon as they are done: a reproduction that was stopped goes on, and the figures use
/// the table's networks. A file counts only if the configuration in it is the one asked for.
std::vector<train::Checkpoint> trained(Executor const& executor, Settings const& settings,
                                       std::vector<config::RunConfig> const& configs);

}  // namespace metasolve::paper
