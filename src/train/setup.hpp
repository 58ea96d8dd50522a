// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/problems/registry.hpp"

/// Builds a learner's inputs from a configuration.
namespace metasolve::train {

/// x = (feature - shift) scale: the network's input.
struct FeatureScale {
  std::vector<double> shift, scale;
};

/// From the training tasks' mean and standard deviation, or no scaling, as configured.
FeatureScale feature_scale(config::RunConfig const& config, engine::Tasks const& train);

engine::LearnerOptions learner_options(config::RunConfig const& config, FeatureScale const& features);

/// PyTorch's default initialisation of Linear layers, weights and biases uniform on +-1/sqrt(in), times
/// network.initial_gain; network.initial_bias is added to hidden biases, and its effect taken from the next layer's.
/// member: of training.members; each draws its own numbers, times its own of training.member_gains.
std::vector<double> initial_weights(config::RunConfig const& config, int member = 0);

/// The learner of training.members networks on the same tasks, without weights. prices: prices_of. @throws as
/// engine::make_learner
std::unique_ptr<engine::Learner> make_learner(Executor const& executor, config::RunConfig const& config,
                                              FeatureScale const& features, problems::Splits const& splits,
                                              std::vector<engine::Price> const& prices);

/// The configured network.
network::Architecture architecture(config::RunConfig const& config);

/// Device bytes that training needs, computed by planning the learner without allocating.
std::size_t planned_bytes(Executor const& executor, config::RunConfig const& config);

}  // namespace metasolve::train
