// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

#include "src/train/checkpoint.hpp"

/// How well a trained meta-solver does on the test tasks, against constant parameters.
namespace metasolve::train {

inline constexpr std::array evaluation_quantiles{0.05, 0.25, 0.5, 0.75, 0.95};

struct Histogram {
  std::vector<double> edges;         ///< ascending; bin i holds edges[i] <= count < edges[i + 1]
  std::vector<std::int64_t> counts;  ///< one fewer than edges
};

/// Of the iteration counts of one way of solving, over all tasks: one that did not converge counts as its iteration
/// limit (kernels/lockstep/lockstep_arguments.hpp), whatever kept it from it.
struct SideFigures {
  double mean = 0, deviation = 0;  ///< of these tasks (divided by their number)
  double converged_mean = 0;       ///< over those alone that converged; NaN: none did
  double minimum = 0, maximum = 0;
  std::array<double, evaluation_quantiles.size()> quantiles{};  ///< linear between two counts
  Histogram histogram;
  double converged_share = 0;
  std::array<std::int64_t, 5> status{};  ///< tasks by kernels::Status
};

struct ToleranceFigures {
  double tolerance = 0;
  SideFigures meta, baseline;             ///< histograms with the same edges
  double reduction = 0;                   ///< 1 - meta.mean / baseline.mean; NaN if the baseline needs no iteration
  std::optional<SideFigures> tuned = {};  ///< by the constant that training found best; with edges of its own
};

/// Wall-clock time at the trained tolerance, inference included: medians over runs in turn, one with the meta-solver
/// and one without.
struct Timing {
  double tolerance = 0;
  double meta_seconds_per_task = 0, baseline_seconds_per_task = 0;
  double ratio = 0;                                    ///< meta / baseline, of these two
  int repetitions = 0;                                 ///< turns
  double tuned_seconds_per_task = 0, tuned_ratio = 0;  ///< by the constant that training found best; 0: none
};

struct Evaluation {
  std::int64_t tasks = 0;
  std::int32_t max_iterations = 0;           ///< iterations that a task which failed counts as
  std::vector<ToleranceFigures> tolerances;  ///< in the order of evaluation.tolerances
  Timing timing;
  std::string tuned_name;  ///< "shift 1e-06": the constant that training found best; empty: none, or the baseline
};

/// Solves the test tasks of the checkpoint's configuration. @throws InputError, DeviceError, std::bad_alloc
Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint);

/// Wall-clock of the checkpoint's meta-solver, inference included, to that of the better constant on such tasks, from a
/// few runs of each; 0: they cannot be compared.
double time_beside_constant(Executor const& executor, Checkpoint const& checkpoint, engine::Tasks const& tasks);

/// Of outcomes at one tolerance and limit; both have the same tasks, at least one.
ToleranceFigures compare(engine::Outcomes const& meta, engine::Outcomes const& baseline, double tolerance);

/// Solves all tasks of the evaluation group, in parts that the learner takes. Does not wait.
void solve_all(engine::Evaluator& evaluator, engine::Parameters parameters, engine::SolveLimits const& limits,
               std::int64_t tasks);

}  // namespace metasolve::train
