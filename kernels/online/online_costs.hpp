// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/types.hpp"
#include "online_state.hpp"

namespace metasolve::kernels {

/// Of an iteration with these parameters, relative to one without.
METASOLVE_HD inline double cost_of_iteration(double const* values, int parameters, double const* slopes) {
  double cost = 1;
  for (int p = 0; p < parameters; ++p) cost += slopes[p] * values[p];
  return cost;
}

/// What the tasks of the last choice cost, in the caller's unit: from a solver's results, or as given.
struct OnlineCosts {
  // Of a solver, each [tasks]; null: costs are given.
  std::int32_t const* iterations = nullptr;
  Origin const* origin = nullptr;
  std::int32_t const* status = nullptr;
  std::int32_t const* limits = nullptr;
  double const* chosen = nullptr;  ///< [tasks][parameters]
  int parameters = 0;
  double iteration_cost[most_online_parameters] = {};
  Column<double> cost = {};

  /// Whether nothing is learned from a task: its limit is 0.
  METASOLVE_HD bool has_none(std::int64_t task) const {
    return iterations != nullptr && iterations[task] == 0 &&
           status[task] == static_cast<std::int32_t>(Status::iteration_limit);
  }
  METASOLVE_HD double of(std::int64_t task) const {
    if (iterations == nullptr) return cost.data != nullptr ? cost.data[task * cost.stride] : cost.value;
    double const of_iteration = cost_of_iteration(chosen + task * parameters, parameters, iteration_cost);
    double made = iterations[task];
    // A refused proposal costs what it might have cost.
    if (origin[task] == Origin::replaced && limits[task] != no_attempt_limit) made += limits[task];
    return made * of_iteration;
  }
};

}  // namespace metasolve::kernels
