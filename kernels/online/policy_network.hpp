// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../network/head.hpp"
#include "online_costs.hpp"

/// A small network that chooses parameters, improved by score-function steps (Williams, 1992): its outputs get normal
/// noise, and what turned out cheaper than usual is made more probable (docs/online.md).
namespace metasolve::kernels {

/// Of the steps, in the executor's memory.
struct PolicyClock {
  double tasks = 0;  ///< in the gradient
  std::int64_t steps = 0;
  std::int32_t is_due = 0;
  std::int32_t reserved = 0;
  double correction1 = 1, correction2 = 1;
};
struct PolicySettings {
  static constexpr double noise = 0.3;        ///< standard deviation, on an output
  static constexpr double least_tasks = 256;  ///< for a step
  static constexpr double most_advantage = 2;
  static constexpr double rate = 0.02, beta1 = 0.9, beta2 = 0.99, epsilon = 1e-8;  ///< of Adam (Kingma and Ba, 2015)
};

/// The noise of a task's output.
METASOLVE_HD inline double policy_noise(std::uint64_t seed, std::int64_t calls, std::int64_t task, int output) {
  return normal_of(mixed(mixed(seed, static_cast<std::uint64_t>(calls), static_cast<std::uint64_t>(task)) +
                         static_cast<std::uint64_t>(output)));
}

/// The network's input x [tasks][features] of an online meta-solver's features: each on -1 ... 1, or scaled as a prior
/// does. Of a feature that is not finite the low end, or 0; the task has the constants, and its gradient is 0.
struct PolicyFeatures {
  using scalar = double;
  static constexpr auto name = "policy_features";
  OnlineGrid grid;
  BatchView<double const> features;
  std::int64_t first;
  double const* shift;  ///< [features]: x = (feature - shift) scale; null: the position on -1 ... 1
  double const* scale;  ///< [features]
  double* x;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) {
      for (int f = 0; f < grid.features; ++f) {
        x[(column + l) * grid.features + f] = input(features(first + column + l, f), f);
      }
    }
  }

 private:
  METASOLVE_HD double input(double feature, int f) const {
    if (shift != nullptr) {
      double const z = (feature - shift[f]) * scale[f];
      return is_finite(z) ? z : 0;
    }
    double const z = 2 * grid.feature[f].position(feature) - 1;
    return z > 1 ? 1 : z > -1 ? z : -1;
  }
};

/// Instead of an arm of the bin's draws: the head of the network's outputs and noise. Tasks with the constants keep
/// them.
struct ChooseByNetwork {
  using scalar = double;
  static constexpr auto name = "choose_by_network";
  OnlineGrid grid;
  std::uint64_t seed;
  OnlineClock const* clock;
  HeadEntry const* head;  ///< [parameters]
  int outputs;
  std::int64_t first;          ///< task of the first row
  double* z;                   ///< [rows][outputs]; NaN: the network's choice was not taken
  double* chosen;              ///< [tasks][parameters]
  std::int32_t const* limits;  ///< [tasks]
  std::int32_t* cell;          ///< [tasks]
  OnlineEstimates estimates;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) choose(column + l);
  }

 private:
  METASOLVE_HD void choose(std::int64_t row) const {
    std::int64_t const task = first + row;
    if (cell[task] < 0 || limits[task] < 0) return;
    int arm = 0;
    double values[most_online_parameters];
    for (int p = 0; p < grid.parameters; ++p) {
      HeadEntry const& e = head[p];
      double const noise = PolicySettings::noise * policy_noise(seed, clock->calls, task, e.output);
      double value = e.apply(z[row * outputs + e.output] + noise, 0.0);
      value = value > e.high ? e.high : value > e.low ? value : e.low;  // a logarithmic head begins at 0
      values[p] = value;
      OnlineAxis const& axis = grid.parameter[p];
      double const at = axis.position(value) * (axis.count - 1) + 0.5;
      arm += axis.stride * (!(at > 0) ? 0 : at < axis.count ? static_cast<int>(at) : axis.count - 1);
    }
    if (estimates.is_known_as_worse(grid, cell[task] / grid.arms, arm)) {
      z[row * outputs] = infinity<double>() - infinity<double>();
      return;
    }
    for (int p = 0; p < grid.parameters; ++p) chosen[task * grid.parameters + p] = values[p];
    cell[task] += arm - cell[task] % grid.arms;
  }
};

/// z_bar [rows][outputs]: the score function times the advantage over the bin's usual log cost, a descent direction of
/// the expected log cost. 0 for tasks with the constants.
struct ScoreGradient {
  using scalar = double;
  static constexpr auto name = "score_gradient";
  OnlineGrid grid;
  std::uint64_t seed;
  OnlineClock const* clock;
  OnlineSums sums;
  double const* units;         ///< [tasks] costs; below 0: none
  std::int32_t const* limits;  ///< [tasks]
  double const* z;             ///< ChooseByNetwork's
  int outputs;
  std::int32_t const* cell;
  double* z_bar;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t column) const {
    for (int l = 0; l < lanes_of<Number>; ++l) write(column + l);
  }

 private:
  METASOLVE_HD void write(std::int64_t task) const {
    double advantage = 0;
    if (units[task] >= 0 && limits[task] >= 0 && is_finite(z[task * outputs])) {
      int const bin = cell[task] / grid.arms;
      double tasks = 0, cost = 0;
      for (int c = bin * grid.arms; c < (bin + 1) * grid.arms; ++c) {
        tasks += sums.tasks[c];
        cost += sums.cost[c];
      }
      double const most = PolicySettings::most_advantage;
      double const beyond = log(units[task] + half_a_unit) - (tasks > 0 ? log(cost / tasks + half_a_unit) : 0.0);
      if (tasks > 0) advantage = beyond > most ? most : higher_of(beyond, -most);
    }
    for (int o = 0; o < outputs; ++o) {
      z_bar[task * outputs + o] = advantage * policy_noise(seed, clock->calls, task, o) / PolicySettings::noise;
    }
  }
};

/// After the gradient of a call: whether it is time for a step. One element.
struct CountPolicyTasks {
  using scalar = double;
  static constexpr auto name = "count_policy_tasks";
  PolicyClock* clock;
  double tasks;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t) const {
    if (clock->is_due != 0) clock->tasks = 0;  // the last step used them
    clock->tasks += tasks;
    clock->is_due = clock->tasks >= PolicySettings::least_tasks ? 1 : 0;
    if (clock->is_due == 0) return;
    ++clock->steps;
    double const t = static_cast<double>(clock->steps);
    clock->correction1 = 1 - exp(t * log(PolicySettings::beta1));
    clock->correction2 = 1 - exp(t * log(PolicySettings::beta2));
  }
};

/// One weight's step of Adam, where it is time; clears the gradient. One that is not finite does not move.
struct StepPolicy {
  using scalar = double;
  static constexpr auto name = "step_policy";
  PolicyClock const* clock;
  double* weight;
  double* gradient;
  double* mean;
  double* square;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    using Set = PolicySettings;
    if (clock->is_due == 0) return;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const i = first + l;
      double const g = gradient[i] / clock->tasks;
      gradient[i] = 0;
      if (!is_finite(g)) continue;
      mean[i] = Set::beta1 * mean[i] + (1 - Set::beta1) * g;
      square[i] = Set::beta2 * square[i] + (1 - Set::beta2) * g * g;
      weight[i] -= Set::rate * (mean[i] / clock->correction1) / (sqrt(square[i] / clock->correction2) + Set::epsilon);
    }
  }
};

}  // namespace metasolve::kernels
