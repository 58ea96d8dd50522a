// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/integrate/integration_setup.hpp"
#include "metasolve/online_meta_solver.hpp"

namespace metasolve::integrate {

/// The online meta-solver of an integration, and the memory of its feature.
class OnlineSteps {
 public:
  /// capacity: sets.
  OnlineSteps(Executor const& executor, IntegrationSetup const& setup, std::int64_t capacity);

  /// Begins with the setup's file, if it exists, else without knowledge.
  /// @throws InputError the file is none, or was learned for other steps
  void restart();

  /// For the next step. iterations [count]: of the step before, 0 if there is none; limits [count]: 0 for a set that
  /// has ended, from which nothing is learned. Does not wait.
  Online look(std::int64_t count, std::int32_t const* iterations, std::int32_t const* limits);
  [[nodiscard]] OnlineMetaSolver const& meta_solver() const { return *meta_solver_; }
  [[nodiscard]] OnlineMetaSolver& meta_solver() { return *meta_solver_; }

 private:
  Executor executor_;
  OnlineMetaSolver::Options options_;
  std::string state_;  ///< file; empty: none
  std::optional<OnlineMetaSolver> meta_solver_;
  exec::Buffer<double> feature_;  ///< [capacity]
};

}  // namespace metasolve::integrate
