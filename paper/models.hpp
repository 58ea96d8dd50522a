// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/side_by_side.hpp"
#include "paper/reproductions.hpp"

namespace metasolve::paper {

/// The best weights of each configuration's training, in order. Reads those in settings.models; trains the others and
/// writes each as soon as it is finished: a stopped reproduction can be resumed, and the figures use the table's
/// networks.
/// A file is used only if it contains the requested configuration.
std::vector<train::Checkpoint> trained(Executor const& executor, Settings const& settings,
                                       std::vector<config::RunConfig> const& configs);

}  // namespace metasolve::paper
