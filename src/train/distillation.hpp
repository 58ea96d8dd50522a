// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "metasolve/detail/train/setup.hpp"

/// training.teacher: a network first learns to give the outputs of a larger trained one.
namespace metasolve::train {

/// What the imitation came to.
struct Imitation {
  std::vector<double> weights;
  double first_error = 0, error = 0;  ///< root mean square difference of the outputs, in the first and the last epoch
};

/// Trains `weights` by Adam, in double precision, on the mean over tasks and outputs of (z - z_teacher)^2, for
/// training.teacher_epochs passes over the training tasks, with a rate that falls from optimizer.rate by a cosine. z
/// are the network's outputs before the head, times network.output_gain where there is no head. Depends on
/// training.seed alone. Synchronizes.
/// @throws InputError the teacher cannot be read, or is of another problem, other parameters or another head
Imitation imitated(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
                   engine::Tasks const& train, std::vector<double> const& weights);

/// The same where there is a teacher; else the weights as they are. say: receives a line about it; may be empty.
std::vector<double> taught(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
                           engine::Tasks const& train, std::vector<double> weights,
                           std::function<void(std::string const&)> const& say);

}  // namespace metasolve::train
