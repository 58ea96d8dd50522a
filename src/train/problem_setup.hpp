// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/train/setup.hpp"
#include "src/train/tune.hpp"

/// What a problem brings to a training: one of these each, in NAME_setup.cpp.
namespace metasolve::train {

struct ProblemSetup {
  char const* name;
  Splits (*tasks)(config::RunConfig const& config);
  int (*features)(config::RunConfig const& config);
  int (*outputs)(config::RunConfig const& config);  ///< of the network
  /// From the network's outputs to the solver's parameters: sets `parameters`, and output_gain and basis, or head.
  void (*shape)(config::RunConfig const& config, network::MetaNetworkShape& shape);
  /// What making the tasks takes of the host at most, while training begins.
  std::uint64_t (*host_bytes)(config::RunConfig const& config);
  /// What a meta-solver is compared with, for people.
  std::string (*baseline)(config::RunConfig const& config);
  double (*failure_slope)(config::RunConfig const& config);  ///< engine::LearnerOptions
  /// After PyTorch's initialisation of all layers.
  void (*initialise)(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                     std::vector<double>& weights);
  TunedParameter const* tuned = nullptr;
};

extern ProblemSetup const poisson_setup, robertson_setup, elasticity_setup, spd_setup;

/// @throws InputError there is none of that name; origin: what gave it
ProblemSetup const& setup_of(std::string const& name, std::string const& origin = "problem.name");

}  // namespace metasolve::train
