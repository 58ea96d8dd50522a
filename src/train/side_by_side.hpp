// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/train/trainer.hpp"

namespace metasolve::train {

/// What one of several trainings found.
struct Trained {
  Checkpoint best;     ///< as `best.safetensors` of a run would hold
  double seconds = 0;  ///< of the whole group, shared among its members
};

/// Trains all configurations in memory, with no files: side by side where the optimizer can (Levenberg-Marquardt:
/// neighbours that differ in seed, distribution and tolerance alone, as many as fit), else one after the other. Each
/// comes out as if trained alone, but for rounding.
/// take(group): the next trainings that are done. @throws InputError, DeviceError, and what take throws
void train_side_by_side(Executor const& executor, std::vector<config::RunConfig> const& configs,
                        std::function<void(std::vector<Trained> const&)> const& take);

}  // namespace metasolve::train
