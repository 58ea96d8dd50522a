// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/train/alternatives.hpp"
#include "metasolve/detail/train/statistics.hpp"
#include "metasolve/detail/train/timing.hpp"
#include "metasolve/detail/train/verdict.hpp"

/// Evaluates a trained meta-solver on the test tasks against constant parameters and the direct method.
namespace metasolve::train {

/// What a perfect choice among the constants that the search tried would take; values between them may be better still.
/// iterations: mean over validation tasks of each one's least count. seconds: these iterations, at the price of one
/// with the best constant, and its set-up; no inference.
struct PerTaskBound {
  double iterations = 0, seconds = 0;
  std::size_t values = 0;  ///< constants tried
};

/// Wall-clock time of each method at the trained tolerance, from alternating runs on all test tasks.
struct Timing {
  double tolerance = 0;
  int repetitions = 0;           ///< turns
  std::vector<WayFigures> ways;  ///< the meta-solver, the baseline; where there are such, the tuned constant and the
                                 ///< direct method
  std::optional<double> inference_seconds = {};  ///< per task: runs with an iteration limit of 0, with the meta-solver
                                                 ///< less without; empty: tasks are too costly to measure it, or the
                                                 ///< network chooses how they are set up
  std::optional<PerTaskBound> best_per_task = {};
  Verdict verdict;

  [[nodiscard]] WayFigures const* find(Role role) const;  ///< null: none
  /// The meta-solver's seconds / those of that method; 0: there is none.
  [[nodiscard]] double ratio_to(Role role) const;
};

struct Evaluation {
  std::int64_t tasks = 0;
  std::int32_t max_iterations = 0;           ///< iterations counted for a failed task
  std::vector<ToleranceFigures> tolerances;  ///< in the order of evaluation.tolerances
  Timing timing;
  /// The best known constant; empty: none, or it is the baseline.
  std::optional<double> tuned = {};
  std::string tuned_name;  ///< as "shift 1e-06"
};

/// Solves the test tasks of the checkpoint's configuration. @throws InputError, DeviceError, std::bad_alloc
Evaluation evaluate(Executor const& executor, Checkpoint const& checkpoint,
                    ConstantSearch search = ConstantSearch::by_time);

/// Wall-clock ratio of the checkpoint's meta-solver, inference included, to the better constant on these tasks, from a
/// few runs of each; 0: not comparable.
double time_beside_constant(Executor const& executor, Checkpoint const& checkpoint, engine::Tasks const& tasks);

}  // namespace metasolve::train
