// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/engine/training/make_learner.hpp"

/// Learning keys that several problems share.
namespace metasolve::problems {

/// Of a solver with several parameters only `kind` is used.
struct GradientSettings {
  engine::Gradient kind = engine::Gradient::automatic;  ///< resolved by set_gradient
  double difference = 0.2;                              ///< relative step
  double failure_weight = 500;                          ///< gamma of the penalty on breakdown
  bool operator==(GradientSettings const&) const = default;
};
/// Of a solver with one parameter.
std::vector<config::Field> gradient_keys();
/// The first of these, of a solver with several.
config::Field gradient_key();
/// For Problem::check. @throws InputError the solver does not have the given gradient
void check_gradient(config::RunConfig const& config, config::Origins const& origins,
                    engine::SolverGradients const& has);
/// usual: the gradient where none was chosen.
void set_gradient(config::RunConfig const& config, engine::Gradient usual, engine::LearnerOptions& options);

/// For a bounded parameter.
struct FailureSettings {
  double slope = 0;  ///< 0: the gradient of an unconverged task is used as it is
  bool operator==(FailureSettings const&) const = default;
};
config::Field failure_slope_key();

}  // namespace metasolve::problems
