// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "metasolve/detail/integrate/step_batch.hpp"

namespace metasolve::integrate {

/// An unsolved step of one set.
struct FailedStep {
  std::int64_t set = 0;
  Status status = Status::converged;
  std::vector<double> parameters;
  std::vector<double> y;  ///< before the step; once solved, after it
};

/// Solves failed steps again by other methods: few sets, in separate batches.
class StepRepair {
 public:
  using Steps = std::vector<FailedStep>;

  /// method: the one that failed. has_retried: it also tried the constant factor. setup must outlive this object.
  StepRepair(Executor const& executor, IntegrationSetup const& setup, Method method, bool has_retried)
      : executor_(executor), setup_(setup), method_(method), has_retried_(has_retried) {}

  /// Removes the steps from t to t + h that it solves from `failed`, and returns them.
  Steps apply(Remedy remedy, double t, double h, Steps& failed);

  void restart() { iterations_ = 0; }
  [[nodiscard]] std::int64_t iterations() const { return iterations_; }  ///< since the restart

 private:
  static constexpr int most_halvings = 20;
  static constexpr int most_parts = 1 << 16;  ///< per step

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
  std::optional<StepBatch> newton_sor_, newton_;  ///< made on demand
  int parts_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace metasolve::integrate
