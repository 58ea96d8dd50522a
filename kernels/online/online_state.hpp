// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>

#include "online_grid.hpp"

/// The memory of an online meta-solver, on the executor. A cell is an arm of a bin (online_grid.hpp).
namespace metasolve::kernels {

/// Costs are counted in integers, whose sums do not depend on the order: up to 2^62 in all tasks of a call together.
inline constexpr std::int64_t most_online_cost = std::int64_t{1} << 50;
/// Squares in 2^-12 of the limit of a first attempt, up to 2^8 of it.
inline constexpr double squared_steps = 4096, most_squared = 1 << 20;
/// Added to means before their logarithm, so that a cost of 0 has one.
inline constexpr double half_a_unit = 0.5;
inline constexpr int most_online_draws = 32;
/// A first attempt without a limit of its own, and the mark of a task that is solved with the caller's constants.
inline constexpr std::int32_t no_attempt_limit = std::numeric_limits<std::int32_t>::max();
inline constexpr std::int32_t solves_with_constants = -1;

/// Of the tasks since the last update.
struct OnlineCounters {
  std::int64_t* tasks = nullptr;     ///< [cells]
  std::int64_t* cost = nullptr;      ///< [cells]
  std::int64_t* square = nullptr;    ///< [cells] relative (squared_steps) to scale_of
  std::int64_t* replaced = nullptr;  ///< one
  std::int64_t* retried = nullptr;   ///< one

  static constexpr std::int64_t size(std::int64_t cells) { return 3 * cells + 2; }
  static OnlineCounters at(std::int64_t* memory, std::int64_t cells) {
    return {memory, memory + cells, memory + 2 * cells, memory + 3 * cells, memory + 3 * cells + 1};
  }
};

/// Of all tasks; costs in units.
struct OnlineTotals {
  double tasks, cost;
  double constant_cost;   ///< what they would have cost with the constants, as estimated
  double best_cost;       ///< the same with the best arm of their bin
  double constant_tasks;  ///< solved with the constants
  double explored;        ///< solved with neither these nor the best arm of their bin
  double replaced, retried;
};

/// What has been learned: sums, which may be added to those of others. Those per cell are forgotten with time.
struct OnlineSums {
  double* tasks = nullptr;   ///< [cells]
  double* cost = nullptr;    ///< [cells]
  double* square = nullptr;  ///< [cells]
  OnlineTotals* totals = nullptr;

  static constexpr std::int64_t size(std::int64_t cells) {
    return 3 * cells + static_cast<std::int64_t>(sizeof(OnlineTotals) / sizeof(double));
  }
  static OnlineSums at(double* memory, std::int64_t cells) {
    return {memory, memory + cells, memory + 2 * cells, reinterpret_cast<OnlineTotals*>(memory + 3 * cells)};
  }
};

/// What follows from the sums: log of (the expected cost + half_a_unit) = level of the bin + shape of the cell.
struct OnlineEstimates {
  double* seen = nullptr;           ///< [cells] log of (the mean cost + half_a_unit), where there is one
  double* shape = nullptr;          ///< [cells]
  double* variance = nullptr;       ///< [cells] of the shape, from the observations of this arm in all bins
  double* distance = nullptr;       ///< [cells] to the nearest bin in which this arm has been tried, in bins
  double* level = nullptr;          ///< [bins]
  double* constant_cost = nullptr;  ///< [bins] expected, + half_a_unit; 0: nothing is known

  /// Whether an arm has cost more in a bin than the constants, beyond doubt: no estimator may choose it there.
  METASOLVE_HD bool is_known_as_worse(OnlineGrid const& grid, int bin, int arm) const {
    int const c = bin * grid.arms + arm;
    return shape[c] - sqrt(variance[c]) > shape[bin * grid.arms + grid.constant_arm];
  }

  static constexpr std::int64_t size(std::int64_t cells, std::int64_t bins) { return 4 * cells + 2 * bins; }
  static OnlineEstimates at(double* memory, std::int64_t cells, std::int64_t bins) {
    return {
        memory, memory + cells, memory + 2 * cells, memory + 3 * cells, memory + 4 * cells, memory + 4 * cells + bins};
  }
};

struct OnlineClock {
  std::int64_t calls = 0;
  std::int64_t updates = 0;
  std::int32_t is_due = 0;  ///< whether this call has updated the estimates
  std::int32_t draws = 0;   ///< per bin, in use
  std::int32_t warm = 0;    ///< updates since the estimates were made from nothing, up to first_updates
  std::int32_t reserved = 0;
  double log_kept = 0;       ///< of what was remembered at the last merge, the share that still is
  double first_scale = 0;    ///< of costs, for squares where there is no limit yet; 0: none
  double debt = 0;           ///< lost against the constants lately, in tasks of mean cost
  double variance = 0;       ///< of one cost, relative to its mean squared
  double mean_constant = 0;  ///< cost of the constants, mean over the tasks remembered
  double remembered = 0;     ///< tasks
};

/// What the tasks of a call draw from.
struct OnlineDraws {
  double* value = nullptr;       ///< [bins][most_online_draws][parameters]
  std::int32_t* arm = nullptr;   ///< [bins][most_online_draws]
  double* limit = nullptr;       ///< [bins] of a first attempt, in units of costs; infinite: none
  std::int32_t* best = nullptr;  ///< [bins] the arm of the least expected cost
};

/// To which squares of a bin's costs are relative.
METASOLVE_HD inline double scale_of(double limit, double first_scale) { return is_finite(limit) ? limit : first_scale; }

/// How estimates and draws are made (docs/online.md).
struct OnlineSettings {
  bool by_thompson = false;
  double memory = 4000;
  double constant_share = 1.0 / 64;
  double first_limit = 3;
  double most_loss = 0.05;
  std::uint64_t seed = 1;

  static constexpr double window = 500;            ///< tasks, of most_loss
  static constexpr double parameter_change = 0.7;  ///< prior: standard deviation of log cost over a parameter's range
  static constexpr double feature_change = 0.7;    ///< the same of the shape over a feature's range
  static constexpr double first_variance = 0.02;   ///< prior of OnlineClock::variance,
  static constexpr double first_weight = 10;       ///< as if from so many tasks
  static constexpr double bound_width = 1;         ///< of confidence bounds, in standard deviations
  static constexpr double wide_width = 2, wide_share = 1.0 / 64;  ///< of some draws
  static constexpr double sample_width = 0.5;            ///< of Thompson's samples, of that (Chapelle and Li, 2011)
  static constexpr double reach = 1;                     ///< an arm is tried within so many steps of one that was
  static constexpr double constant_loss = 0.005;         ///< at most this share of the cost goes to the constants,
  static constexpr double least_constant_share = 0.125;  ///< but at least this part of constant_share
  static constexpr double update_share = 1.0 / 1024;     ///< new tasks, of those remembered, that make an update due
  static constexpr double many_tasks = 2048;             ///< from which on all draws are made
  static constexpr double least_weight = 0.01;           ///< a cell with fewer tasks has been forgotten
  static constexpr double unknown = 1e3;                 ///< variance, and distance, of what has never been tried
  static constexpr int first_sweeps = 4, sweeps = 1;     ///< of the first updates, and of later ones, which begin near
  static constexpr int first_updates = 8;
  [[nodiscard]] METASOLVE_HD double most_debt() const { return 0.5 * most_loss * window; }
};

}  // namespace metasolve::kernels
