// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/black_box.hpp"
#include "metasolve/detail/problems/cost_cache.hpp"
#include "metasolve/kernels/lockstep/surrogate.hpp"

namespace metasolve::problems {

/// What the loss of a solve depends on beside its task and parameters.
struct ProbeLimits {
  double tolerance = 0;
  std::int32_t max_iterations = 0;
  kernels::Surrogate<double> surrogate;
  double gain = 1;
};

/// Calls a box and makes losses of what it returns. Results stay until the next call.
class ProbeRunner {
 public:
  explicit ProbeRunner(BlackBox box);

  /// tasks [n][columns], theta [n][parameters]. @throws InputError the box wrote a result that has no meaning
  void run(std::int64_t n, double const* tasks, double const* theta, ProbeLimits const& limits);

  /// Result of probe i. The count of a failed solve is the limit, and so is its loss.
  [[nodiscard]] ProbeResult const& operator[](std::int64_t i) const { return results_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] bool failed(std::int64_t i) const;
  [[nodiscard]] BlackBox const& box() const { return box_; }

 private:
  void run_part(std::int64_t first, std::int64_t n, double const* tasks, double const* theta,
                ProbeLimits const& limits);
  void run_uncached(std::int64_t n, double const* tasks, double const* theta, ProbeLimits const& limits,
                    ProbeResult* to);
  void check(std::int32_t iterations, std::int32_t status) const;
  [[nodiscard]] ProbeResult of_history(std::int32_t iterations, std::int32_t status, double const* history,
                                       ProbeLimits const& limits) const;

  BlackBox box_;
  std::unique_ptr<CostCache> cache_;
  std::vector<ProbeResult> results_;
  std::vector<std::int32_t> iterations_, status_;
  std::vector<double> history_, seconds_;
};

}  // namespace metasolve::problems
