// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "online_costs.hpp"

/// What an online meta-solver does for each task of a call.
namespace metasolve::kernels {

/// Chooses a task's parameters among the draws of its bin.
struct ChooseParameters {
  using scalar = double;
  static constexpr auto name = "choose_parameters";
  OnlineGrid grid;
  OnlineDraws draws;
  OnlineClock const* clock;
  std::uint64_t seed;
  BatchView<double const> features;  ///< [tasks][features]
  double* chosen;                    ///< [tasks][parameters]
  std::int32_t* limits;              ///< [tasks] LockstepArguments::attempt_limits
  std::int32_t* cell;                ///< [tasks]; -1: nothing is learned from this task
  double unit;                       ///< of costs
  double iteration_cost[most_online_parameters];

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) choose(first + l);
  }

 private:
  METASOLVE_HD void choose(std::int64_t task) const {
    int const bin = grid.bin_of([&](int f) { return features(task, f); });
    int arm = grid.constant_arm;
    double const* value = grid.values + arm * grid.parameters;
    if (bin >= 0) {
      std::uint64_t const bits =
          mixed(seed, static_cast<std::uint64_t>(clock->calls), static_cast<std::uint64_t>(task));
      auto const draw = static_cast<int>(((bits >> 32) * static_cast<std::uint64_t>(clock->draws)) >> 32);
      int const at = bin * most_online_draws + draw;
      arm = draws.arm[at];
      value = draws.value + at * grid.parameters;
    }
    for (int p = 0; p < grid.parameters; ++p) chosen[task * grid.parameters + p] = value[p];
    limits[task] = arm == grid.constant_arm ? solves_with_constants : limit_of(bin, value);
    cell[task] = bin < 0 ? -1 : bin * grid.arms + arm;
  }
  /// In iterations.
  METASOLVE_HD std::int32_t limit_of(int bin, double const* value) const {
    double const limit = ceil(draws.limit[bin] * unit / cost_of_iteration(value, grid.parameters, iteration_cost));
    return limit < no_attempt_limit ? (limit > 1 ? static_cast<std::int32_t>(limit) : 1) : no_attempt_limit;
  }
};

/// Adds what the tasks cost to the counters.
struct LearnCosts {
  using scalar = double;
  static constexpr auto name = "learn_costs";
  static constexpr double failure_cost = 4;  ///< of a task without a usable cost, in limits of a first attempt
  OnlineGrid grid;
  OnlineCounters counters;
  OnlineDraws draws;
  OnlineClock const* clock;
  double unit;  ///< of costs
  double most;  ///< units of a task
  OnlineCosts costs;
  std::int32_t const* cell;  ///< [tasks]
  double* units;             ///< [tasks] what each cost; below 0: nothing is learned

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) units[first + l] = learn(first + l);
  }

 private:
  METASOLVE_HD double learn(std::int64_t task) const {
    int const at = cell[task];
    if (at < 0 || costs.has_none(task)) return -1;
    double const limit = draws.limit[at / grid.arms];
    double cost = costs.of(task) / unit;
    if (!(cost >= 0) || !is_finite(cost)) {
      if (!is_finite(limit)) return -1;  // nothing to compare with yet
      cost = failure_cost * limit;
    }
    cost = lower_of(cost, most);
    add_atomically(counters.tasks + at, 1);
    add_atomically(counters.cost + at, static_cast<std::int64_t>(floor(cost + 0.5)));
    double const scale = scale_of(limit, clock->first_scale);
    if (scale > 0) {
      auto const steps = static_cast<std::int64_t>(lower_of(cost / scale * squared_steps, most_squared));
      add_atomically(counters.square + at, steps * steps);
    }
    if (costs.origin != nullptr) {
      if (costs.origin[task] == Origin::replaced) add_atomically(counters.replaced, 1);
      if (costs.origin[task] == Origin::retried) add_atomically(counters.retried, 1);
    }
    return cost;
  }
};

/// Before the first costs: their scale, from the mean of some. One element.
struct SetFirstScale {
  using scalar = double;
  static constexpr auto name = "set_first_scale";
  static constexpr std::int64_t some = 64;
  OnlineCosts costs;
  std::int32_t const* cell;
  double unit;
  std::int64_t count;
  OnlineClock* clock;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {
    if (clock->first_scale > 0) return;
    double sum = 0, tasks = 0;
    for (std::int64_t task = 0; task < count && task < some; ++task) {
      double const cost = costs.of(task) / unit;
      if (cell[task] < 0 || costs.has_none(task) || !(cost > 0) || !is_finite(cost)) continue;
      sum += cost;
      tasks += 1;
    }
    if (tasks > 0) clock->first_scale = 4 * sum / tasks;
  }
};

}  // namespace metasolve::kernels
