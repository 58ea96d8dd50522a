// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// What most codes do: one launch over all tasks per iteration, in which stopped tasks do nothing, followed by a check
/// by the host of how many still run. Newton-SOR on Robertson's steps; states stay in main memory between launches.
class LaunchLoop {
 public:
  virtual ~LaunchLoop() = default;
  /// Iterations of each task, in the executor's memory. Synchronizes.
  virtual std::int32_t const* solve(double tolerance, std::int32_t limit) = 0;
};

/// columns [9][tasks], on the host: the numbers of ImplicitEuler's rows, so that a device's threads read adjacent
/// memory.
std::unique_ptr<LaunchLoop> make_launch_loop(Executor const& executor, std::vector<double> const& columns,
                                             std::int64_t tasks);

/// Implementation, one per executor.
std::unique_ptr<LaunchLoop> make_launch_loop_cpu(Executor const& executor, std::vector<double> const& columns,
                                                 std::int64_t tasks);
std::unique_ptr<LaunchLoop> make_launch_loop_cuda(Executor const& executor, std::vector<double> const& columns,
                                                  std::int64_t tasks);

}  // namespace metasolve::bench
