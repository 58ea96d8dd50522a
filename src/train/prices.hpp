// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::train {

/// What each variant that a network chooses among costs, by loss.cost: counted, or measured on some of these tasks.
/// Empty: with loss.cost = "count", or if there is no choice. @throws InputError the variants' operations are not
/// counted; DeviceError
std::vector<engine::Price> prices_of(Executor const& executor, config::RunConfig const& config,
                                     engine::Tasks const& tasks);

}  // namespace metasolve::train
