// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/io/safetensors.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/train/checkpoint.hpp"

/// Small meta-solvers as a starting point for targets.
namespace metasolve::fuzz {

/// Writes one with its initial weights. problem: "poisson", with 4 unknowns, or "robertson".
inline void write_model(std::string const& path, std::string const& problem) {
  train::Checkpoint c;
  c.config.problem.name = problem;
  if (problem == "poisson") c.config.of<problems::PoissonSettings>().unknowns = 4;
  c.config.network.hidden = {3};
  c.config.problem.train_tasks = 100;
  auto const features = static_cast<std::size_t>(train::architecture(c.config).features());
  c.learner.weights = train::initial_weights(c.config);
  c.features = {std::vector<double>(features, 0.0), std::vector<double>(features, 1.0)};
  train::write_checkpoint(path, c);
}

}  // namespace metasolve::fuzz
