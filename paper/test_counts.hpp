// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/checkpoint.hpp"

namespace metasolve::paper {

/// Solves the configuration's test tasks at a tolerance. model: null for the given parameters.
engine::Outcomes test_outcomes(Executor const& executor, config::RunConfig const& config,
                               train::Checkpoint const* model, double tolerance);
/// Iterations of the configuration's test tasks at each tolerance, [tolerances][tasks]. model: null for the zero guess.
std::vector<std::vector<std::int32_t>> test_counts(Executor const& executor, config::RunConfig const& config,
                                                   train::Checkpoint const* model,
                                                   std::vector<double> const& tolerances);
/// Means over the tasks, [tolerances].
std::vector<double> mean_counts(Executor const& executor, config::RunConfig const& config,
                                train::Checkpoint const* model, std::vector<double> const& tolerances);

struct Moments {
  double mean = 0, deviation = 0;  ///< over the tasks, with n
};
Moments moments(std::vector<std::int32_t> const& counts);

}  // namespace metasolve::paper
