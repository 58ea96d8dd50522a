// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "metasolve/detail/engine/training/learner.hpp"

/// Statistics of the outcomes of many tasks.
namespace metasolve::train {

inline constexpr std::array evaluation_quantiles{0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

/// Interpolated linearly between two numbers. sorted: ascending, at least one.
double quantile(std::vector<double> const& sorted, double q);
/// Of numbers in any order, at least one.
double quantile_of(std::vector<double> numbers, double q);

struct Histogram {
  std::vector<double> edges;         ///< ascending; bin i holds edges[i] <= count < edges[i + 1]
  std::vector<std::int64_t> counts;  ///< one fewer than edges
};

/// Statistics of the iteration counts of one method over all tasks: an unconverged task counts as its iteration limit
/// (kernels/lockstep/lockstep_arguments.hpp), whatever the reason.
struct SideFigures {
  double mean = 0, deviation = 0;  ///< over these tasks (divided by their number)
  double converged_mean = 0;       ///< over converged tasks only; NaN: none converged
  double minimum = 0, maximum = 0;
  std::array<double, evaluation_quantiles.size()> quantiles{};  ///< interpolated linearly between two counts
  Histogram histogram;
  double converged_share = 0;
  std::array<std::int64_t, kernels::status_count> status{};  ///< tasks by kernels::Status
};

struct ToleranceFigures {
  double tolerance = 0;
  SideFigures meta, baseline;             ///< histograms with the same edges
  double reduction = 0;                   ///< 1 - meta.mean / baseline.mean; NaN if the baseline needs no iterations
  std::optional<SideFigures> tuned = {};  ///< with the best constant found by search; with its own edges
};

/// With edges of its own. At least one task.
SideFigures figures_of(engine::Outcomes const& outcomes);

/// Compares outcomes at one tolerance and limit; both have the same tasks, at least one.
ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance);

}  // namespace metasolve::train
