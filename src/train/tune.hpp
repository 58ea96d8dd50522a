// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/config/run_config.hpp"

namespace metasolve::train {

/// Relaxation factors low, low + spacing, ..., at most high.
struct FactorGrid {
  double low = 1.0, high = 1.99, spacing = 0.01;
};

/// How many iterations the training tasks take at each factor, without a meta-solver.
struct Tuning {
  std::vector<double> factors;
  std::vector<double> mean_iterations;  ///< a factor each; a task that fails counts as its limit
  std::size_t best = 0;                 ///< index of the best constant factor
  double best_per_task = 0;             ///< mean if each task had the best factor of this grid for it
  double seconds = 0;
};

/// Tries each factor of the grid on the configuration's training tasks, at solver.tolerance and
/// evaluation.max_iterations. say: called after each factor; may be empty.
/// @throws InputError the problem has no constant parameter, or the grid is empty
Tuning tune_relaxation(Executor const& executor, config::RunConfig const& config, FactorGrid const& grid,
                       std::function<void(double factor, double mean)> const& say);

}  // namespace metasolve::train
