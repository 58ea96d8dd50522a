// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>

/// Whether a meta-solver is worth its inference, from what was measured.
namespace metasolve::train {

enum class Role { meta_solver, baseline, tuned, fixed, direct };  // fixed: one of the variants for all tasks

/// What was measured of one method of solving the same tasks.
struct WayFigures {
  Role role = Role::baseline;
  std::string name;                                                  ///< for display: "tuned shift 0.01"
  double iterations = 0, median_iterations = 0, p99_iterations = 0;  ///< per task; a failed one counts as its limit
  double converged_share = 0;
  double seconds = 0, p99_seconds = 0;  ///< per task, set-up and inference included: of repeated runs of all tasks,
                                        ///< the median and the 99th percentile
  /// Per task, set-up and inference alone: with an iteration limit of 0. Empty: not measured.
  std::optional<double> start_seconds = {};
  /// Of each iteration; empty: not known, or there are none.
  [[nodiscard]] std::optional<double> step_seconds() const;
};

struct Verdict {
  bool pays = false;
  double ratio = 0;         ///< of the meta-solver's seconds to those of the best alternative; 0: there is none
  std::string best;         ///< the alternative with the least seconds of those that solve as many tasks
  double best_seconds = 0;  ///< per task
  /// Where it does not pay: it would, with an inference that takes at most this share of its present seconds; or with
  /// fewer than so many iterations per task at the present price. Empty: not by that alone, or not known.
  std::optional<double> inference_share = {}, iterations_below = {};
  std::string text;  ///< one sentence
};

/// ways: the meta-solver first, then the alternatives. inference: seconds per task; empty: not measured. Alternatives
/// that leave more tasks unsolved than the meta-solver do not count; a meta-solver that leaves more unsolved than one
/// of them does not pay. More: by over a thousandth of the tasks.
Verdict verdict_on(std::span<WayFigures const> ways, std::optional<double> inference);

}  // namespace metasolve::train
