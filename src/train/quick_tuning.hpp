// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "metasolve/detail/train/tune.hpp"

/// Searches of a constant with a bounded number of trials.
namespace metasolve::train {

/// The parameter value in [low, high] that a few trials find best by iterations, at solver.tolerance and
/// solver.max_iterations, on the first of the tasks; as a network predicts it; with is_shift by decades below `high`,
/// and 0.
double quickly_tuned(Executor const& executor, config::RunConfig const& config, TunedParameter const& parameter,
                     engine::Tasks tasks, double low, double high);

/// What a search by time finds, on the tasks that it tried.
struct FastestConstant {
  TunedValue best;           ///< the fastest of the values with the fewest failures
  double best_per_task = 0;  ///< mean over the tasks of each one's least count, over all values tried
  std::size_t values = 0;    ///< tried
};

/// The value of the parameter that a few trials in its grid find fastest, at solver.tolerance and
/// evaluation.max_iterations, on tasks spread over the given ones, few enough for a trial to take about a second; as a
/// network predicts it. also: values to try besides.
FastestConstant fastest_constant(Executor const& executor, config::RunConfig const& config,
                                 TunedParameter const& parameter, engine::Tasks const& tasks,
                                 std::span<double const> also);

}  // namespace metasolve::train
