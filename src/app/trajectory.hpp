// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "src/app/integrate_command.hpp"
#include "src/integrate/integration.hpp"

namespace metasolve::app {

/// Follows the sets through the times t and writes a row a set and step. A set whose step could not be solved has its
/// last row there, with the status and no state. Returns the exit status.
int write_trajectory(IntegrateOptions const& options, Executor const& executor,
                     integrate::IntegrationSetup const& setup, std::vector<double> const& t, int size);

/// How many steps each remedy has repaired.
nlohmann::ordered_json repaired_document(integrate::IntegrationTotals const& totals);

}  // namespace metasolve::app
