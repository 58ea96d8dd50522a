// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "src/io/safetensors.hpp"
#include "src/problems/poisson.hpp"
#include "src/train/checkpoint.hpp"

/// Small meta-solvers, for targets to start from.
namespace metasolve::fuzz {

/// The file of one that has its first weights. problem: "poisson", of 4 unknowns, or "robertson".
inline void write_model(std::string const& path, std::string const& problem) {
  train::Checkpoint c;
  c.config.problem.name = problem;
  if (problem == "poisson") c.config.of<problems::PoissonSettings>().unknowns = 4;
  c.config.network.hidden = {3};
  c.config.problem.train_tasks = 100;
  auto const features = static_cast<std::size_t>(train::network_sizes(c.config).front());
  c.learner.weights = train::initial_weights(c.config);
  c.features = {std::vector<double>(features, 0.0), std::vector<double>(features, 1.0)};
  train::write_checkpoint(path, c);
}

}  // namespace metasolve::fuzz
