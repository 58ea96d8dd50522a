// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/engine/training/learner.hpp"

namespace metasolve::train {

/// Quantities that change during training: the optimiser's rate and the tolerance. All but the plateau rule depend only
/// on the epoch.
class Schedule {
 public:
  /// State of the plateau rule.
  struct State {
    double best = 0;  ///< lowest figure seen; valid if seen
    bool seen = false;
    std::int64_t waited = 0;  ///< epochs since then
    std::int64_t reductions = 0;
  };

  explicit Schedule(config::RunConfig const& config);

  [[nodiscard]] engine::EpochSettings at(int epoch) const;
  /// Receives the validation figure after an epoch. NaN counts as no progress.
  void observe(double figure);

  [[nodiscard]] State const& state() const { return state_; }
  void restore(State const& state) { state_ = state; }

 private:
  [[nodiscard]] double rate(int epoch) const;
  [[nodiscard]] double tolerance(int epoch) const;

  config::RunConfig config_;
  State state_;
};

}  // namespace metasolve::train
