// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "metasolve/detail/network/meta_network.hpp"
#include "metasolve/executor.hpp"
#include "metasolve/kernels/lockstep/surrogate.hpp"
#include "metasolve/kernels/network/adam.hpp"

namespace metasolve::engine {

/// Settings that change from epoch to epoch.
struct EpochSettings {
  double rate = 0;
  double tolerance = 0;
};

/// Sums over tasks.
struct Totals {
  std::int64_t tasks = 0;
  double loss = 0;
  double iterations = 0;  ///< of `validate` with prices: exact work, in units of an iteration of the first variant
};

/// The state, apart from the tasks, on which the next step depends.
struct LearnerState {
  std::vector<double> weights, first_moment, second_moment;  ///< doubles hold them exactly in either precision
  kernels::StepClock clock;
  double damping = 0;                 ///< of Levenberg-Marquardt; 0: the initial value
  std::vector<double> gradient = {};  ///< SolveStage::state
};

/// The outcome of each task of a group.
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

/// Members: meta-solvers of one shape trained in parallel, each with its own weights, tasks and settings.
/// Independent of the device and the precisions; made by make_learner. Calls are ordered on the stream.
class Learner {
 public:
  virtual ~Learner() = default;
  [[nodiscard]] virtual std::int64_t members() const = 0;

  /// order: the epoch's permutation of a member's training tasks. settings: one per member.
  virtual void begin_epoch(std::span<std::int32_t const> order, std::span<EpochSettings const> settings) = 0;
  /// One update from the next `tasks` tasks of the order, at most LearnerOptions::batch. Does not wait, but over ranks
  /// that exchange through the host. @throws Error more tasks
  virtual void step(std::int64_t tasks) = 0;
  /// Totals of the epoch so far, one per member. Synchronizes.
  virtual std::vector<Totals> epoch_totals() = 0;
  /// Iterations and optionally loss over the validation tasks, one per member, without learning. Synchronizes.
  virtual std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss,
                                       Parameters parameters = Parameters::meta_solver) = 0;

  virtual std::vector<LearnerState> save() = 0;                    ///< One per member. Synchronizes.
  virtual void restore(std::span<LearnerState const> states) = 0;  ///< sizes must match
};

/// A meta-solver for solving only: the first half of the training data flow. Made by make_evaluator. Over ranks all
/// make the same calls and get all results.
class Evaluator {
 public:
  virtual ~Evaluator() = default;

  /// Solves tasks [first, first + count), inference included. Results stay on the device until `outcomes`. Does not
  /// wait.
  virtual void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) = 0;
  virtual Outcomes outcomes() = 0;  ///< of all tasks. Synchronizes.
  /// Makes `solve` keep solutions. Allocates.
  virtual void keep_solutions() = 0;
  /// [tasks][numbers per solution]; zeros for a task that broke down or did not stay finite. Synchronizes.
  virtual std::vector<double> solutions() = 0;
  [[nodiscard]] virtual std::int64_t capacity() const = 0;  ///< most tasks per `solve`

  virtual void set_weights(std::vector<double> const& weights) = 0;
  virtual void synchronize() = 0;  ///< over ranks: of all
  /// One process' number on all of them, such as a time by which they decide. Collective.
  [[nodiscard]] virtual double agreed(double number) const { return number; }
};

}  // namespace metasolve::engine
