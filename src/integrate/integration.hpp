// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/integrate/step_batch.hpp"
#include "metasolve/detail/integrate/step_repair.hpp"

namespace metasolve::integrate {

/// Outcome of a set's last step. A set ends at a step that cannot be solved, and keeps the previous state.
struct StepOutcome {
  Status status = Status::converged;  ///< of the step, or of the one at which the set ended
  std::optional<Remedy> remedy{};     ///< the remedy that solved the step
  [[nodiscard]] bool has_ended() const { return status != Status::converged; }
};

/// Totals since the restart.
struct IntegrationTotals {
  std::int64_t iterations = 0;                               ///< including remedies
  std::int64_t failures = 0;                                 ///< steps that the first attempt did not solve
  std::array<std::int64_t, remedy_names.size()> repaired{};  ///< failures repaired, by remedy
  std::int64_t ended = 0;                                    ///< sets with a step that could not be solved
};

/// Integrates trajectories by one method on an executor, all with the same implicit Euler steps: one call of the public
/// solver per step.
class Integration {
 public:
  /// @throws InputError data do not fit the system's dimensions, or the method is meta_solver without a meta-solver for
  ///         this problem
  Integration(Executor const& executor, IntegrationSetup setup, Method method);
  Integration(Integration const&) = delete;
  Integration& operator=(Integration const&) = delete;

  /// Resets all sets to their initial states, and the counters to 0.
  void restart();
  /// From t to t + h, h > 0. Synchronizes.
  void step(double t, double h);
  [[nodiscard]] std::vector<StepOutcome> const& outcomes() const { return outcomes_; }  ///< [sets] of the last step
  [[nodiscard]] IntegrationTotals totals() const;                                       ///< waits
  [[nodiscard]] std::vector<double> states() const;  ///< y [sets][size] after the last step; waits
  /// What Method::online has learned since the restart; null: another method.
  [[nodiscard]] OnlineMetaSolver const* online() const { return batch_.online(); }
  /// Merges that over ranks. Collective; nothing with another method.
  void merge_online(Ranks& ranks) { batch_.merge_online(ranks); }

 private:
  [[nodiscard]] std::vector<FailedStep> take_failed();
  void mend(double t, double h);

  IntegrationSetup setup_;
  std::size_t size_, parameters_;  ///< per set
  bool retries_;  ///< the first remedy is the constant factor, which the solver's call itself retries with
  StepBatch batch_;
  StepRepair repair_;
  double statuses_ = 0;       ///< their sum at the last check
  IntegrationTotals totals_;  ///< except iterations
  std::vector<StepOutcome> outcomes_;
  bool mends_ = false;             ///< whether an outcome has a remedy
  std::vector<FailedStep> ended_;  ///< the steps at which sets ended
};

}  // namespace metasolve::integrate
