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
    limits[task] = arm == grid.constant_arm ? solves_with_constants : draws.limit[bin];
    cell[task] = bin < 0 ? -1 : bin * grid.arms + arm;
  }
};

/// Adds what the tasks cost to the counters.
struct LearnCosts {
  using scalar = double;
  static constexpr auto name = "learn_costs";
  static constexpr double failure_cost = 4;  ///< of a task without a usable cost, in limits of a first attempt
  OnlineGrid grid;
  OnlineCounters counters;
  OnlineClock const* clock;
  double unit;  ///< of costs; 0: the clock's
  OnlineCosts costs;
  std::int32_t const* cell;          ///< [tasks]
  std::int32_t const* limit_of_bin;  ///< [bins]

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (int l = 0; l < lanes_of<Number>; ++l) learn(first + l);
  }

 private:
  METASOLVE_HD void learn(std::int64_t task) const {
    int const at = cell[task];
    if (at < 0) return;
    double units = costs.of(task) / (unit > 0 ? unit : clock->unit);
    if (!(units >= 0) || !is_finite(units)) {
      std::int32_t const limit = limit_of_bin[at / grid.arms];
      if (limit == no_attempt_limit) return;  // nothing to compare with yet
      units = failure_cost * limit;
    }
    std::int64_t const whole =
        units < most_online_cost ? static_cast<std::int64_t>(units + 0.5) : std::int64_t{most_online_cost};
    add_atomically(counters.tasks + at, 1);
    add_atomically(counters.cost + at, whole);
    add_atomically(counters.square + at, whole * whole);
    if (costs.origin == nullptr) return;
    if (costs.origin[task] == Origin::replaced) add_atomically(counters.replaced, 1);
    if (costs.origin[task] == Origin::retried) add_atomically(counters.retried, 1);
  }
};

/// Before the first costs that are no counts: their unit, a 1024th of the first usable one. One element.
struct SetCostUnit {
  using scalar = double;
  static constexpr auto name = "set_cost_unit";
  Column<double> cost;
  std::int64_t count;
  OnlineClock* clock;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {
    if (clock->unit > 0) return;
    for (std::int64_t task = 0; task < count; ++task) {
      double const x = cost.data != nullptr ? cost.data[task * cost.stride] : cost.value;
      if (!(x > 0) || !is_finite(x)) continue;
      clock->unit = x * 0x1p-10;
      return;
    }
    clock->unit = 0;  // all failed
  }
};

}  // namespace metasolve::kernels
