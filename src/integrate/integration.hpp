// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "src/integrate/step_batch.hpp"
#include "src/integrate/step_repair.hpp"

namespace metasolve::integrate {

/// How a set went through the last step. A set whose step could not be solved has ended: it keeps the state before.
struct StepOutcome {
  Status status = Status::converged;  ///< of the step, or of the one that the set ended at
  std::optional<Remedy> remedy{};     ///< what has solved the step after all
  [[nodiscard]] bool has_ended() const { return status != Status::converged; }
};

/// Since the restart.
struct IntegrationTotals {
  std::int64_t iterations = 0;                               ///< by remedies too
  std::int64_t failures = 0;                                 ///< steps that were not solved at once
  std::array<std::int64_t, remedy_names.size()> repaired{};  ///< of them, by each remedy
  std::int64_t ended = 0;                                    ///< sets whose step could not be solved
};

/// Trajectories of one set-up by one method on an executor, all of them through the same implicit Euler steps: one call
/// of the public solver a step.
class Integration {
 public:
  /// @throws InputError data that do not fit the system's dimensions, no meta-solver where the method is that, or one
  ///         for another problem
  Integration(Executor const& executor, IntegrationSetup setup, Method method);
  Integration(Integration const&) = delete;
  Integration& operator=(Integration const&) = delete;

  /// All sets to their initial states, counters to 0.
  void restart();
  /// From t to t + h, h > 0. Synchronizes.
  void step(double t, double h);
  [[nodiscard]] std::vector<StepOutcome> const& outcomes() const { return outcomes_; }  ///< [sets] of the last step
  [[nodiscard]] IntegrationTotals totals() const;                                       ///< waits
  [[nodiscard]] std::vector<double> states() const;  ///< y [sets][size] after the last step; waits

 private:
  [[nodiscard]] std::vector<FailedStep> take_failed();
  void mend(double t, double h);

  IntegrationSetup setup_;
  std::size_t size_, parameters_;  ///< of a set
  bool retries_;                   ///< the first remedy is the constant factor, which the solver's call tries itself
  StepBatch batch_;
  StepRepair repair_;
  double statuses_ = 0;       ///< their sum as it was last looked at
  IntegrationTotals totals_;  ///< but for iterations
  std::vector<StepOutcome> outcomes_;
  bool mends_ = false;             ///< whether an outcome names a remedy
  std::vector<FailedStep> ended_;  ///< where sets have ended
};

}  // namespace metasolve::integrate
