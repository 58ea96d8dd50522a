// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "src/integrate/step_batch.hpp"

namespace metasolve::integrate {

/// A step of one set that was not solved.
struct FailedStep {
  std::int64_t set = 0;
  Status status = Status::converged;
  std::vector<double> parameters;
  std::vector<double> y;  ///< before the step; where it has been solved, after it
};

/// Solves failed steps once more, by other means: few sets, in batches of their own.
class StepRepair {
 public:
  using Steps = std::vector<FailedStep>;

  /// method: by which the steps have failed. has_retried: then with the constant factor too. setup must outlive it.
  StepRepair(Executor const& executor, IntegrationSetup const& setup, Method method, bool has_retried)
      : executor_(executor), setup_(setup), method_(method), has_retried_(has_retried) {}

  /// Takes the steps from t to t + h that it solves out of `failed`, and returns them.
  Steps apply(Remedy remedy, double t, double h, Steps& failed);

  void restart() { iterations_ = 0; }
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }  ///< since the restart

 private:
  static constexpr int most_halvings = 20;
  static constexpr int most_parts = 1 << 16;  ///< of one step

  StepBatch& batch_for(Method method, std::size_t steps);
  std::vector<bool> solve(Method method, double t, double h, std::span<FailedStep> steps);
  Steps attempt(Method method, double t, double h, Steps& failed);
  bool halve(double t, double h, FailedStep& step);
  bool advance_halves(double t, double h, FailedStep& step, int halvings);
  bool advance(double t, double h, FailedStep& step, int halvings);

  Executor executor_;
  IntegrationSetup const& setup_;
  Method method_;
  bool has_retried_;
  std::optional<StepBatch> newton_sor_, newton_;  ///< made when they are needed
  int parts_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace metasolve::integrate
