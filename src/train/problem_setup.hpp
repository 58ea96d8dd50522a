// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "src/train/setup.hpp"
#include "src/train/tune.hpp"

/// What a problem brings to a training: one of these each, in NAME_setup.cpp.
namespace metasolve::train {

struct ProblemSetup {
  std::string name;
  std::function<Splits(config::RunConfig const& config)> tasks;
  std::function<int(config::RunConfig const& config)> features;
  std::function<int(config::RunConfig const& config)> outputs;  ///< of the network
  /// From the network's outputs to the solver's parameters: sets `parameters`, and output_gain and basis, or head.
  std::function<void(config::RunConfig const& config, network::MetaNetworkShape& shape)> shape;
  /// What making the tasks takes of the host at most, while training begins.
  std::function<std::uint64_t(config::RunConfig const& config)> host_bytes;
  /// What a meta-solver is compared with, for people.
  std::function<std::string(config::RunConfig const& config)> baseline;
  std::function<double(config::RunConfig const& config)> failure_slope;  ///< engine::LearnerOptions
  /// After PyTorch's initialisation of all layers.
  std::function<void(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                     std::vector<double>& weights)>
      initialise;
  TunedParameter const* tuned = nullptr;
  /// As train::fit_to_data; empty where tasks are drawn, as many as are asked for.
  std::function<std::vector<std::string>(config::RunConfig& config)> fit_to_data = {};
  std::function<std::string(std::size_t feature)> feature_name = {};  ///< for messages; may be empty
};

/// As the library's own, or another program's (foreign_setup.hpp).
extern ProblemSetup const poisson_setup, robertson_setup, elasticity_setup, spd_setup;

/// @throws InputError there is none of that name; origin: what gave it
ProblemSetup const& setup_of(std::string const& name, std::string const& origin = "problem.name");

}  // namespace metasolve::train
