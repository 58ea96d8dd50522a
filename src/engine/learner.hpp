// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kernels/lockstep/surrogate.hpp"
#include "kernels/network/adam.hpp"
#include "metasolve/executor.hpp"
#include "src/network/meta_network.hpp"

namespace metasolve::engine {

/// What changes from epoch to epoch.
struct EpochSettings {
  double rate = 0;
  double tolerance = 0;
};

/// Sums over tasks.
struct Totals {
  std::int64_t tasks = 0;
  double loss = 0;
  double iterations = 0;
};

/// Everything that the next step depends on, beside the tasks.
struct LearnerState {
  std::vector<double> weights, first_moment, second_moment;  ///< in doubles whatever the network's precision: exact
  kernels::StepClock clock;
  double damping = 0;  ///< of Levenberg-Marquardt's method; 0: its initial one
};

/// How each task of a group was solved.
struct Outcomes {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure;
};

struct SolveLimits {
  double tolerance = 0;
  std::int32_t max_iterations = 0;
};

/// Where a solve takes its parameters from.
enum class Parameters { meta_solver, given };  // given: the tasks' defaults, such as the zero guess

/// Meta-solvers of one shape that are trained side by side, each with weights, tasks and settings of its own: members.
/// Adam has one. Whatever the device and the precisions; made by make_learner. Calls are ordered on the stream.
class Learner {
 public:
  virtual ~Learner() = default;
  [[nodiscard]] virtual std::int64_t members() const = 0;

  /// order: the epoch's permutation of a member's training tasks. settings: a member each.
  virtual void begin_epoch(std::span<std::int32_t const> order, std::span<EpochSettings const> settings) = 0;
  /// One update from the next `tasks` tasks of the order. Does not wait.
  virtual void step(std::int64_t tasks) = 0;
  /// Of the epoch so far, a member each. Synchronizes.
  virtual std::vector<Totals> epoch_totals() = 0;
  /// Iterations and, if wanted, loss over the validation tasks, a member each; nothing is learned. Synchronizes.
  virtual std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss,
                                       Parameters parameters = Parameters::meta_solver) = 0;

  virtual std::vector<LearnerState> save() = 0;                    ///< A member each. Synchronizes.
  virtual void restore(std::span<LearnerState const> states) = 0;  ///< sizes must agree
};

/// A meta-solver that only solves: the first half of the way of the data. Made by make_evaluator.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  /// Solves tasks [first, first + count), inference included; the results stay on the device until `outcomes`. Does
  /// not wait.
  virtual void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) = 0;
  virtual Outcomes outcomes() = 0;                          ///< of all tasks. Synchronizes.
  [[nodiscard]] virtual std::int64_t capacity() const = 0;  ///< tasks that one `solve` takes at most

  virtual void set_weights(std::vector<double> const& weights) = 0;
  virtual void synchronize() = 0;
};

}  // namespace metasolve::engine
