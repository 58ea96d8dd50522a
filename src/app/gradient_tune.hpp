// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/tune_command.hpp"
#include "metasolve/detail/config/run_config.hpp"

namespace metasolve::app {

/// `tune` of a problem whose constants are found by gradient. config: of the options.
int run_gradient_tune(TuneOptions const& options, config::RunConfig const& config);

}  // namespace metasolve::app
