// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "metasolve/implicit_euler_solver.hpp"
#include "src/exec/backend.hpp"
#include "src/integrate/integration_setup.hpp"

namespace metasolve::integrate {

/// A batch of sets in an executor's memory, each with parameters and a state y, and the solver of their implicit Euler
/// steps, which change y in place.
class StepBatch {
 public:
  /// retries: what a meta-solver's choice does not solve is solved again with the constant factor.
  /// @throws InputError the method is the meta-solver and there is none, or one for another problem
  StepBatch(Executor const& executor, IntegrationSetup const& setup, Method method, std::int64_t capacity,
            bool retries);

  [[nodiscard]] std::int64_t capacity() const { return limits_.size(); }
  /// The batch from now on: parameters [count][p], y [count][n], 1 to the capacity. Host memory, copied. Counts from 0.
  void set(std::span<double const> parameters, std::span<double const> y);
  void put_state(std::int64_t set, std::span<double const> y);
  /// No more iterations for this set: it stays where it is.
  void end(std::int64_t set);

  /// From t to t + h, h > 0. A set whose step is not solved keeps its y. Does not wait.
  void step(double t, double h);

  /// Since `set`, but for the tally: of the last step.
  struct Counts {
    double iterations = 0, statuses = 0;  ///< sums over sets; a status is 0 where a step was solved
    Tally tally;                          ///< where it retries
  };
  // These wait.
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::vector<Status> statuses() const;  ///< [count] of the last step
  [[nodiscard]] std::vector<Origin> origins() const;   ///< likewise; empty where it does not retry
  [[nodiscard]] std::vector<double> states() const;    ///< y [count][n]
  [[nodiscard]] std::vector<double> state(std::int64_t set) const;

 private:
  Executor executor_;
  ImplicitEulerSolver solver_;
  double tolerance_, relaxation_;
  std::int32_t max_iterations_;
  bool retries_;
  std::int64_t count_ = 0;
  exec::Buffer<double> parameters_, states_;
  exec::Buffer<std::int32_t> limits_, iterations_;  ///< limit 0 of a set that has ended
  exec::Buffer<std::int32_t> status_;
  exec::Buffer<Origin> origin_;
  exec::Buffer<Counts> counts_;  ///< one
};

}  // namespace metasolve::integrate
