// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/config/run_config.hpp"
#include "src/engine/make_learner.hpp"

/// From a configuration to what a learner is made of.
namespace metasolve::train {

/// x = (feature - shift) scale: the network's input.
struct FeatureScale {
  std::vector<double> shift, scale;
};

/// By the training tasks' mean and standard deviation, or none, as configured.
FeatureScale feature_scale(config::RunConfig const& config, problems::AnyTasks const& train);

bool is_known_problem(std::string const& name);

/// @throws InputError no problem has that name; origin: what gave it
void require_known_problem(std::string const& name, std::string const& origin);

/// Counts of tasks that stand at their defaults are cut where the data on disk has fewer; what was cut, and what else
/// there is to say of the data, a sentence each. @throws InputError the data cannot be read
std::vector<std::string> fit_to_data(config::RunConfig& config);

/// Training, validation and test tasks of the configured distribution. Nothing is computed yet.
/// @throws InputError the problem is not known
struct Splits {
  problems::AnyTasks train, validation, test;
};
Splits sampled_tasks(config::RunConfig const& config);

/// Host bytes that making the tasks takes at most, beside what the learner plans.
std::uint64_t task_host_bytes(config::RunConfig const& config);

/// What a meta-solver of this configuration is compared with, for people: "zero guess".
std::string baseline_name(config::RunConfig const& config);

engine::LearnerOptions learner_options(config::RunConfig const& config, FeatureScale const& features);

/// PyTorch's default initialisation of Linear layers, weights and biases uniform on +-1/sqrt(in), times
/// network.initial_gain; network.initial_bias is added to hidden biases, and its effect taken from the next layer's.
std::vector<double> initial_weights(config::RunConfig const& config);

/// Sizes of the configured network: features, hidden..., coefficients.
std::vector<std::int64_t> network_sizes(config::RunConfig const& config);

/// Device bytes that training takes, by making the learner without memory.
std::size_t planned_bytes(Executor const& executor, config::RunConfig const& config);

}  // namespace metasolve::train
