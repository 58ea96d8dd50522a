// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/trainer.hpp"

namespace metasolve::train {

/// The result of one of several trainings.
struct Trained {
  Checkpoint best;     ///< as in `best.safetensors` of a run, but each other member as it was at its own best
  double seconds = 0;  ///< of the whole group, divided among the networks in it
};

/// Trains all configurations in memory, without files, each with its training.members: side by side if the optimizer
/// supports it (Levenberg-Marquardt: members, and adjacent configurations that differ only in seed, distribution and
/// tolerance, as many as fit), else one after the other. Each result equals that of training alone, up to rounding.
/// take(group): receives the trainings just finished, in order. @throws InputError, DeviceError, and what take throws
void train_side_by_side(Executor const& executor, std::vector<config::RunConfig> const& configs,
                        std::function<void(std::vector<Trained> const&)> const& take);

}  // namespace metasolve::train
