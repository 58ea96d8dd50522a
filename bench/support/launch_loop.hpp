// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// What most codes do: one launch over all tasks an iteration, in which those that have stopped do nothing, and a look
/// of the host at how many have not. Newton-SOR on Robertson's steps; states lie in main memory between the launches.
class LaunchLoop {
 public:
  virtual ~LaunchLoop() = default;
  /// Iterations of each task, where the executor reaches them. Synchronizes.
  virtual std::int32_t const* solve(double tolerance, std::int32_t limit) = 0;
};

/// columns [9][tasks], on the host: the numbers of ImplicitEuler's rows, so that a device's threads read side by side.
std::unique_ptr<LaunchLoop> make_launch_loop(Executor const& executor, std::vector<double> const& columns,
                                             std::int64_t tasks);

/// Implementation, an executor each.
std::unique_ptr<LaunchLoop> make_launch_loop_cpu(Executor const& executor, std::vector<double> const& columns,
                                                 std::int64_t tasks);
std::unique_ptr<LaunchLoop> make_launch_loop_cuda(Executor const& executor, std::vector<double> const& columns,
                                                  std::int64_t tasks);

}  // namespace metasolve::bench
