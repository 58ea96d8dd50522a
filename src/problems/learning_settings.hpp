// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/config/fields.hpp"
#include "src/engine/make_learner.hpp"

/// Keys on how parameters are learned, which problems share.
namespace metasolve::problems {

/// Of a solver with one parameter.
struct GradientSettings {
  engine::Gradient kind = engine::Gradient::difference;
  double difference = 0.2;      ///< relative step
  double failure_weight = 500;  ///< gamma of the penalty on breakdown
  bool operator==(GradientSettings const&) const = default;
};
std::vector<config::Field> gradient_keys();
void set_gradient(config::RunConfig const& config, engine::LearnerOptions& options);

/// Of a bounded parameter.
struct FailureSettings {
  double slope = 0;  ///< 0: the gradient of a task that did not converge as it is
  bool operator==(FailureSettings const&) const = default;
};
config::Field failure_slope_key();

}  // namespace metasolve::problems
