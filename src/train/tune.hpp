// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/config/run_config.hpp"

namespace metasolve::train {

enum class Split { train, test };

/// Values of a problem's constant parameter: low, low + spacing, ..., at most high; or, for a shift, from low by a
/// factor of 10^spacing.
struct ParameterGrid {
  double low = 0, high = 0, spacing = 0;
};

/// A constant parameter that a problem can be solved with.
struct TunedParameter {
  char const* name;                     ///< "relaxation factor"
  char const* key;                      ///< of the configuration, that holds it
  double config::SolverConfig::*value;  ///< the same
  ParameterGrid grid;                   ///< where nobody gives one
  double below = 0;                     ///< values are
  bool is_shift = false;                ///< spaced in decades; too small a one makes tasks break down
};
/// @throws InputError the problem has none
TunedParameter const& tuned_parameter(config::RunConfig const& config);

/// How many iterations tasks take at each value, without a meta-solver. A task that fails counts as its limit.
struct Tuning {
  std::vector<double> values;
  std::vector<double> mean_iterations;   ///< a value each
  std::vector<std::int64_t> breakdowns;  ///< tasks, a value each
  std::size_t best = 0;                  ///< index of the best constant value
  std::vector<std::int32_t> least;       ///< a task each: its count at the best value for it
  double best_per_task = 0;              ///< mean of those
  double best_converged = 0;             ///< share of tasks that converge at some value
  /// Of a shift: the smallest constant one, to 1e-4 of it, at and above which no task breaks down; empty: none in the
  /// grid.
  std::optional<double> smallest_safe;
  double seconds = 0;
};

/// Tries each value of the grid on tasks of the configuration, at solver.tolerance and evaluation.max_iterations. say:
/// called after each; may be empty.
/// @throws InputError the problem has no constant parameter, or the grid is empty
Tuning tune(Executor const& executor, config::RunConfig const& config, Split split, ParameterGrid const& grid,
            std::function<void(double value, double mean)> const& say);

}  // namespace metasolve::train
