// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/kernels/online/online_costs.hpp"

namespace metasolve::online {

/// The tasks of a call, after the bins have decided which are solved with the constants.
struct Choice {
  std::int64_t count = 0;
  kernels::BatchView<double const> features;
  double* chosen = nullptr;              ///< [count][parameters]
  std::int32_t const* limits = nullptr;  ///< [count]
  std::int32_t* cell = nullptr;          ///< [count]
};

/// An estimator other than the bins: chooses for the tasks that are not solved with the constants, and learns from all.
/// Calls are ordered on the stream, allocate nothing and do not wait, except those of the state.
class Proposer {
 public:
  virtual ~Proposer() = default;
  virtual void choose(Choice const& choice) = 0;
  /// units [count]: what the tasks cost; below 0: nothing is learned from this one.
  virtual void learn(Choice const& choice, double const* units) = 0;

  /// Everything that it remembers.
  [[nodiscard]] virtual std::vector<double> state() const = 0;
  virtual void restore(std::vector<double> const& state) = 0;
  /// What is averaged, instead of added, over those that learned side by side.
  [[nodiscard]] virtual std::vector<double> averaged() const { return {}; }
  virtual void set_averaged(std::span<double const> /*values*/) {}
};

/// What the learner shares with its proposer.
struct Shared {
  exec::Backend* exec = nullptr;
  kernels::OnlineGrid grid;
  kernels::OnlineSettings settings;
  kernels::OnlineSums sums;
  kernels::OnlineEstimates estimates;
  double* extra = nullptr;  ///< sums of the proposer, remembered, merged and saved with the others
  kernels::OnlineClock* clock = nullptr;
  std::int64_t capacity = 0;
};

/// How many `extra` numbers least squares need.
std::int64_t least_squares_sums(kernels::OnlineGrid const& grid);
std::unique_ptr<Proposer> make_least_squares(Shared const& shared);

}  // namespace metasolve::online
