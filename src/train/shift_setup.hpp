// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/problems/iccg_settings.hpp"
#include "src/train/problem_setup.hpp"

/// What problems whose parameter is the shift of ICCG have in common.
namespace metasolve::train {

problems::IccgSettings iccg_settings(config::RunConfig const& config);

/// @throws InputError the preconditioner has none
void require_shift(config::RunConfig const& config);

/// alpha between 0 and `highest` as network.shift_head spaces it; a task that breaks down is pulled up.
void shape_shift(config::RunConfig const& config, network::MetaNetworkShape& shape, double highest);

std::string shift_baseline(config::RunConfig const& config);
double shift_failure(config::RunConfig const& config);
extern TunedParameter const tuned_shift;
void initialise_shift(config::RunConfig const& config, std::vector<network::LayerShape> const& layers,
                      std::vector<double>& weights);

}  // namespace metasolve::train
