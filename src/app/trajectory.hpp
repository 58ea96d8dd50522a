// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "metasolve/detail/app/integrate_command.hpp"
#include "metasolve/detail/integrate/integration.hpp"

namespace metasolve::app {

/// A step that failed, which ends its set.
struct EndedSet {
  std::size_t set, step;
  double t;
  Status status;
};

/// Integrates the sets through the times t and writes one row per set and step. A set whose step failed ends there with
/// a row that has the status and no state. Of several processes each integrates some of the sets, and writes its rows.
/// Returns the exit status.
int write_trajectory(IntegrateOptions const& options, Executor const& executor, integrate::IntegrationSetup const& all,
                     std::vector<double> const& t, int size);

/// Number of steps that each remedy repaired.
nlohmann::ordered_json repaired_document(integrate::IntegrationTotals const& totals);

}  // namespace metasolve::app
