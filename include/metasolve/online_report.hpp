// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace metasolve {

/// What an OnlineMetaSolver has learned. Costs are per task, in the caller's unit: iterations, where a solver counts.
struct OnlineReport {
  /// A part of the features' range.
  struct Bin {
    std::vector<double> low, high;  ///< [features] its borders
    double tasks = 0;               ///< remembered
    std::vector<double> best;       ///< [parameters] of the least expected cost
    double cost = 0;                ///< expected there; 0: no task has been here
    double constant_cost = 0;       ///< expected of the constants
    double uncertainty = 0;         ///< standard deviation of `cost`, relative
  };
  /// A point of the grid in a bin.
  struct Cell {
    std::vector<double> parameters;
    double tasks = 0;  ///< remembered
    double cost = 0;   ///< expected; 0: unknown
  };

  std::int64_t calls = 0, tasks = 0;
  double cost = 0;             ///< mean of all tasks
  double constant_cost = 0;    ///< what the same tasks would have cost with the constants, as estimated
  double regret = 0;           ///< mean of all tasks beyond the best parameters known now
  std::int64_t constants = 0;  ///< tasks solved with the constants
  std::int64_t explored = 0;   ///< tasks solved with other parameters than the best known then
  std::int64_t replaced = 0;   ///< choices that the solver refused
  std::int64_t retried = 0;    ///< tasks solved again with the constants
  double debt = 0;             ///< lost lately against the constants, in tasks; exploration stops at most_loss * 250
  std::vector<Bin> bins;
  std::vector<Cell> cells;  ///< [bins][grid]

  /// Of the constants' cost; negative: lost.
  [[nodiscard]] double saved() const { return constant_cost > 0 ? 1 - cost / constant_cost : 0; }
};

}  // namespace metasolve
