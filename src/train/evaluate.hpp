// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "metasolve/detail/train/checkpoint.hpp"

/// Evaluates a trained meta-solver on the test tasks against constant parameters.
namespace metasolve::train {

inline constexpr std::array evaluation_quantiles{0.05, 0.25, 0.5, 0.75, 0.95};

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
  std::array<std::int64_t, 5> status{};  ///< tasks by kernels::Status
};

struct ToleranceFigures {
  double tolerance = 0;
  SideFigures meta, baseline;             ///< histograms with the same edges
  double reduction = 0;                   ///< 1 - meta.mean / baseline.mean; NaN if the baseline needs no iterations
  std::optional<SideFigures> tuned = {};  ///< with the constant that training found best; with its own edges
};

/// Wall-clock time at the trained tolerance, inference included: medians over alternating runs with and without the
/// meta-solver.
struct Timing {
  double tolerance = 0;
  double meta_seconds_per_task = 0, baseline_seconds_per_task = 0;
  double ratio = 0;                                    ///< meta / baseline of these two
  int repetitions = 0;                                 ///< turns
  double tuned_seconds_per_task = 0, tuned_ratio = 0;  ///< with the constant that training found best; 0: none
};

struct Evaluation {
  std::int64_t tasks = 0;
  std::int32_t max_iterations = 0;           ///< iterations counted for a failed task
  std::vector<ToleranceFigures> tolerances;  ///< in the order of evaluation.tolerances
  Timing timing;
  std::string tuned_name;  ///< the constant that training found best, as "shift 1e-06"; empty: none, or the baseline
};

/// Solves the test tasks of the checkpoint's configuration. @throws InputError, DeviceError, std::bad_alloc
Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint);

/// Wall-clock ratio of the checkpoint's meta-solver, inference included, to the better constant on these tasks, from a
/// few runs of each; 0: not comparable.
double time_beside_constant(Executor const& executor, Checkpoint const& checkpoint, engine::Tasks const& tasks);

/// Compares outcomes at one tolerance and limit; both have the same tasks, at least one.
ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance);

/// Solves all tasks of the evaluation group, in parts that fit the learner. Asynchronous.
void solve_all(engine::Evaluator& evaluator, engine::Parameters parameters, engine::SolveLimits const& limits,
               std::int64_t tasks);

}  // namespace metasolve::train
