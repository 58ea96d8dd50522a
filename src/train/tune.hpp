// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/config/run_config.hpp"
#include "src/problems/any_tasks.hpp"

namespace metasolve::train {

enum class Split { train, test };

struct TunedParameter;
/// `tasks` with this value in the place of what a network chooses.
problems::AnyTasks with_chosen(TunedParameter const& parameter, problems::AnyTasks tasks, double value);

/// Values of a problem's constant parameter: low, low + spacing, ..., at most high; or, for a shift, from low by a
/// factor of 10^spacing.
struct ParameterGrid {
  double low = 0, high = 0, spacing = 0;
  bool with_zero = false;                       ///< 0 as well, before the others
  bool widens_down = false, widens_up = false;  ///< goes on beyond an end for as long as the best lies there
};

/// A constant parameter that a problem can be solved with.
struct TunedParameter {
  std::string name;       ///< "relaxation factor"
  std::string key;        ///< of the configuration, that holds it; empty: it is a column of the tasks
  ParameterGrid grid;     ///< where nobody gives one
  double below = 0;       ///< values are
  bool is_shift = false;  ///< spaced in decades, 0 among them; too small a one makes tasks break down
  double least = 0;       ///< of the values above 0, the smallest that is worth trying
  /// Gives all tasks this value of it: `put` as the configuration means it, `choose` as a network's, where that is
  /// another (else empty).
  std::function<void(problems::AnyTasks&tasks, double value)> put, choose = {};
  /// As configured; none: it is no value that a network could give. Empty: each task has its own.
  std::function<std::optional<double>(config::RunConfig const& config)> own = {};
};
/// @throws InputError the problem has none
TunedParameter const& tuned_parameter(config::RunConfig const& config);

/// How tasks were solved at one value, without a meta-solver. In means a task that fails counts as its limit.
struct TunedValue {
  double value = 0;
  double mean_iterations = 0;
  std::int64_t breakdowns = 0;   ///< tasks that could not be set up, or did not stay finite
  std::int64_t unconverged = 0;  ///< others that did not converge
  double seconds_per_task = 0;   ///< wall-clock, the fastest of the passes made
};

struct Tuning {
  std::vector<TunedValue> values;   ///< ascending
  std::size_t best = 0;             ///< index of the best constant value by iterations,
  std::size_t fastest = 0;          ///< and by time, where the fewest tasks fail
  std::vector<std::int32_t> least;  ///< a task each: its count at the best value for it
  double best_per_task = 0;         ///< mean of those
  double best_converged = 0;        ///< share of tasks that converge at some value
  /// Of a shift: the smallest constant one, to 1e-4 of it, at and above which no task breaks down; empty: none in the
  /// grid.
  std::optional<double> smallest_safe;
  double seconds = 0;
};

/// Where index lies among the values that were tried: at an end, beyond which something better may lie. 0 is no end.
enum class End { none, low, high };
End end_of(Tuning const& tuning, std::size_t index);

/// Tries each value of the grid on tasks of the configuration, at solver.tolerance and evaluation.max_iterations. say:
/// called after each; may be empty.
/// @throws InputError the problem has no constant parameter, or the grid is empty
Tuning tune(Executor const& executor, config::RunConfig const& config, Split split, ParameterGrid const& grid,
            std::function<void(TunedValue const&)> const& say);

/// The value of the parameter in [low, high] that a few tries find best by iterations, at solver.tolerance and
/// solver.max_iterations, on the first of the tasks; as a network chooses it, with is_shift by decades below `high`,
/// and 0.
double quickly_tuned(Executor const& executor, config::RunConfig const& config, TunedParameter const& parameter,
                     problems::AnyTasks tasks, double low, double high);

}  // namespace metasolve::train
