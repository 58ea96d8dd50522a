// SPDX-License-Identifier: Apache-2.0
#include "support/launch_loop.hpp"

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "support/launch_loop_on.hpp"

namespace metasolve::bench {

std::unique_ptr<LaunchLoop> make_launch_loop_cpu(Executor const& executor, std::vector<double> const& columns,
                                                 std::int64_t tasks) {
  return std::make_unique<LaunchLoopOn<exec::CpuExec>>(executor, columns, tasks);
}

std::unique_ptr<LaunchLoop> make_launch_loop(Executor const& executor, std::vector<double> const& columns,
                                             std::int64_t tasks) {
  return executor.name() == "cpu" ? make_launch_loop_cpu(executor, columns, tasks)
                                  : make_launch_loop_cuda(executor, columns, tasks);
}

}  // namespace metasolve::bench
