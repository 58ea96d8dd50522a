// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/integrate/integration_setup.hpp"
#include "metasolve/detail/integrate/online_steps.hpp"
#include "metasolve/implicit_euler_solver.hpp"

namespace metasolve::integrate {

/// A batch of sets in an executor's memory, each with parameters and a state y, and their implicit Euler solver, which
/// updates y in place.
class StepBatch {
 public:
  /// retries: steps that predicted parameters do not solve are solved again with the constant factor.
  /// @throws InputError the method is meta_solver without a meta-solver for this problem
  StepBatch(Executor const& executor, IntegrationSetup const& setup, Method method, std::int64_t capacity,
            bool retries);

  [[nodiscard]] std::int64_t capacity() const { return limits_.size(); }
  /// Replaces the batch: parameters [count][p], y [count][n], 1 to the capacity. Copies host memory. Resets the
  /// counters; an online meta-solver begins anew.
  void set(std::span<double const> parameters, std::span<double const> y);
  void put_state(std::int64_t set, std::span<double const> y);
  /// Stops iterating on this set; its state stays fixed.
  void end(std::int64_t set);

  /// From t to t + h, h > 0. An unsolved set keeps its y. Does not wait.
  void step(double t, double h);

  /// Since `set`, except the tally, which is that of the last step.
  struct Counts {
    double iterations = 0, statuses = 0;  ///< sums over sets; the status of a solved step is 0
    Tally tally;                          ///< only with retries
  };
  // These functions wait.
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::vector<Status> statuses() const;  ///< [count] of the last step
  [[nodiscard]] std::vector<Origin> origins() const;   ///< the same; empty without retries
  [[nodiscard]] std::vector<double> states() const;    ///< y [count][n]
  [[nodiscard]] std::vector<double> state(std::int64_t set) const;

  void merge_online(Ranks& ranks) {
    if (online_) online_->meta_solver().merge(ranks);
  }
  [[nodiscard]] OnlineMetaSolver const* online() const { return online_ ? &online_->meta_solver() : nullptr; }

 private:
  Executor executor_;
  ImplicitEulerSolver solver_;
  double tolerance_, relaxation_;
  std::int32_t max_iterations_;
  bool retries_;
  std::int64_t count_ = 0;
  exec::Buffer<double> parameters_, states_;
  exec::Buffer<std::int32_t> limits_, iterations_;  ///< limit 0 for a set that has ended
  exec::Buffer<std::int32_t> status_;
  exec::Buffer<Origin> origin_;
  exec::Buffer<Counts> counts_;        ///< one element
  std::optional<OnlineSteps> online_;  ///< only with Method::online
};

}  // namespace metasolve::integrate
