// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/problems/problem.hpp"
#include "metasolve/detail/train/tries.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/runs.hpp"

namespace metasolve::train {

enum class Split { train, test };

using problems::ParameterGrid;
using problems::TunedParameter;

/// @throws InputError the problem has none
TunedParameter const& tuned_parameter(config::RunConfig const& config);

/// The grid to try: an end that is not given may be extended, and shifts then begin at 0.
ParameterGrid grid_of(TuningRange const& range, TunedParameter const& parameter);

struct Tuning {
  std::vector<TunedValue> values;   ///< ascending
  std::size_t best = 0;             ///< index of the best constant value by iterations,
  std::size_t fastest = 0;          ///< and by time, among those with the fewest failures
  std::vector<std::int32_t> least;  ///< per task: its count at its best value
  double best_per_task = 0;         ///< their mean
  double best_converged = 0;        ///< share of tasks that converge at some value
  /// For a shift: the smallest constant, to a relative 1e-4, at and above which no task breaks down; empty: none in the
  /// grid.
  std::optional<double> smallest_safe;
  double seconds = 0;
};

/// Position of index among the values tried: at an end, beyond which a better value may lie. 0 is not an end.
enum class End { none, low, high };
End end_of(Tuning const& tuning, std::size_t index);

/// Tries each value of the grid on tasks of the configuration, at solver.tolerance and evaluation.max_iterations. say:
/// called after each; may be empty.
/// @throws InputError the problem has no constant parameter, or the grid is empty
Tuning tune(Executor const& executor, config::RunConfig const& config, Split split, ParameterGrid const& grid,
            std::function<void(TunedValue const&)> const& say);

}  // namespace metasolve::train
