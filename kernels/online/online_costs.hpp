// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/types.hpp"
#include "online_state.hpp"

namespace metasolve::kernels {

/// What the tasks of the last choice cost, in the caller's unit: from a solver's results, or as given.
struct OnlineCosts {
  // Of a solver, each [tasks]; null: costs are given.
  std::int32_t const* iterations = nullptr;
  Origin const* origin = nullptr;
  std::int32_t const* limits = nullptr;
  double const* chosen = nullptr;  ///< [tasks][parameters]
  int parameters = 0;
  double iteration_cost[most_online_parameters] = {};
  Column<double> cost = {};

  METASOLVE_HD double of(std::int64_t task) const {
    if (iterations == nullptr) return cost.data != nullptr ? cost.data[task * cost.stride] : cost.value;
    double of_iteration = 1;
    for (int p = 0; p < parameters; ++p) of_iteration += iteration_cost[p] * chosen[task * parameters + p];
    double made = iterations[task];
    // A refused proposal costs what it might have cost.
    if (origin[task] == Origin::replaced && limits[task] != no_attempt_limit) made += limits[task];
    return made * of_iteration;
  }
  /// For models of the logarithm; count_unit: half of it keeps a cost of 0 finite. NaN: no cost.
  METASOLVE_HD double log_of(std::int64_t task, double unit) const {
    double const x = of(task);
    return x >= 0 && is_finite(x) ? log(x + 0.5 * unit) : infinity<double>() - infinity<double>();
  }
};

}  // namespace metasolve::kernels
