// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "src/train/checkpoint.hpp"

/// How well a trained meta-solver does on the test tasks, against the zero guess.
namespace metasolve::train {

inline constexpr std::array evaluation_quantiles{0.05, 0.25, 0.5, 0.75, 0.95};

struct Histogram {
  std::vector<double> edges;         ///< ascending; bin i holds edges[i] <= count < edges[i + 1]
  std::vector<std::int64_t> counts;  ///< one fewer than edges
};

/// Of the iteration counts of one way of solving; a task that did not converge counts as its iteration limit
/// (kernels/lockstep_arguments.hpp).
struct SideFigures {
  double mean = 0, deviation = 0;  ///< of these tasks (divided by their number)
  double minimum = 0, maximum = 0;
  std::array<double, evaluation_quantiles.size()> quantiles{};  ///< linear between two counts
  Histogram histogram;
  double converged_share = 0;
  std::array<std::int64_t, 5> status{};  ///< tasks by kernels::Status
};

struct ToleranceFigures {
  double tolerance = 0;
  SideFigures meta, baseline;  ///< histograms with the same edges
  double reduction = 0;        ///< 1 - meta.mean / baseline.mean; NaN if the baseline needs no iteration
};

/// Wall-clock time at the trained tolerance, inference included: medians over pairs of runs, one with the
/// meta-solver and one without, in turn.
struct Timing {
  double tolerance = 0;
  double meta_seconds_per_task = 0, baseline_seconds_per_task = 0;
  double ratio = 0;     ///< meta / baseline, the median of the pairs'
  int repetitions = 0;  ///< pairs
};

struct Evaluation {
  std::int64_t tasks = 0;
  std::vector<ToleranceFigures> tolerances;  ///< in the order of evaluation.tolerances
  Timing timing;
};

/// Solves the test tasks of the checkpoint's configuration. @throws InputError, DeviceError, std::bad_alloc
Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint);

/// Of outcomes at one tolerance and limit; both have the same tasks, at least one.
ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance);

/// Solves all tasks of the evaluation group, in parts that the learner takes. Does not wait.
void solve_all(engine::Evaluator& evaluator, engine::Parameters parameters, engine::SolveLimits const& limits,
               std::int64_t tasks);

}  // namespace metasolve::train
