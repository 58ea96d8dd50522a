// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/estimate/estimator.hpp"

/// The estimators that make_estimator chooses from. Each is implemented in the file of its name.
namespace metasolve::estimate {

/// Central differences along each parameter: exact for quadratic losses, 2 d + 1 solves.
std::unique_ptr<Estimator> make_differences(ParameterSpace const& space, engine::EstimatorSettings const& settings);
/// Simultaneous perturbation (Spall, IEEE Trans. Automat. Control 37, 1992): central differences along random signs.
/// With g in steps, the variance of all coordinates is (d - 1) |g|^2 / samples.
std::unique_ptr<Estimator> make_spsa(ParameterSpace const& space, engine::EstimatorSettings const& settings);
/// Evolution strategy with antithetic normal draws (Salimans et al., arXiv 1703.03864, section 2.1): (d + 1) |g|^2 /
/// samples.
std::unique_ptr<Estimator> make_evolution(ParameterSpace const& space, engine::EstimatorSettings const& settings);
/// Score function (REINFORCE; Williams, Machine Learning 8, 1992), from draws around the prediction. From two samples
/// on, a sample's baseline is the mean of the others (Kool et al., 2019): for a linear loss (d + 1) |g|^2 / (samples -
/// 1). tasks: of the training set.
std::unique_ptr<Estimator> make_score(ParameterSpace const& space, engine::EstimatorSettings const& settings,
                                      std::int64_t tasks);
/// NI-GBMS (Arisaka and Li, ICML 2024, arXiv 2405.02952): the forward difference D along random signs v, with a network
/// as control variate: D v - (D' v - g'), g' the network's gradient and D' = v . g'. Unbiased whatever the network,
/// with a variance of (d - 1) |g - g'|^2 / samples. For smooth losses: the bias is that of a forward difference.
/// features: of Batch::features.
std::unique_ptr<Estimator> make_control_variate(ParameterSpace const& space, engine::EstimatorSettings const& settings,
                                                int features);

}  // namespace metasolve::estimate
