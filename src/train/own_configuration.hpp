// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/training.hpp"

namespace metasolve::train {

/// The configuration of a program's own problem, which has other defaults than a file. @throws InputError the settings
/// are invalid, or name another problem
config::RunConfig own_configuration(std::string const& name, TrainingSettings const& settings);

}  // namespace metasolve::train
