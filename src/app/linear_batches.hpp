// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "metasolve/detail/app/linear_options.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::app {

/// When a task stops, and what a batch may take.
struct LinearLimits {
  double tolerance = 0;
  std::int32_t max_iterations = 0;
  std::int64_t memory = 0;  ///< bytes of a batch on the device
  bool keeps_solutions = false;
};

struct LinearOutcome {
  Status status = Status::breakdown;
  std::int32_t iterations = 0;
  double measure = 0;
  std::vector<double> solution = {};  ///< if kept, and there is one
  bool as_general = false;            ///< broke down as positive definite, and was solved again
  std::string problem = {};           ///< why the task cannot be solved as asked; empty: it was solved
};

/// Solves all systems, those of one pattern and kind together. A task's outcome does not depend on the others. The
/// executor's ranks share the systems, and each gets all outcomes.
/// @throws DeviceError
std::vector<LinearOutcome> solve_systems(Executor const& executor, std::span<matrices::LinearSystem const> systems,
                                         LinearChoices const& choices, LinearLimits const& limits);

}  // namespace metasolve::app
