// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/exec/cpu/cpu_exec.hpp"

namespace metasolve::test {

/// A bound group on the CPU, for details that the evaluator does not expose.
struct BoundTasks {
  exec::CpuExec ex{4};  // parts of eight blocks
  engine::TaskGroup<double> group;
  std::vector<double> solution, theta_bar, loss, history;
  std::vector<std::int32_t> iterations, status;
  double const gain = 1;
  kernels::LockstepArguments<double> run;

  BoundTasks(engine::Tasks const& tasks, engine::StageLimits limits, int unknowns, int limit)
      : group(engine::bind<double>(ex, tasks, limits)) {
    auto const n = static_cast<std::size_t>(tasks.count);
    solution.resize(n * static_cast<std::size_t>(unknowns));
    theta_bar.resize(n);
    loss.resize(n);
    iterations.resize(n);
    status.resize(n);
    history.resize(n * static_cast<std::size_t>(limit + 1), -1.0);
    run.slots = tasks.count;
    run.theta = group.default_parameters;
    run.tolerance.value = 1e-6;
    run.max_iterations.value = limit;
    run.gain = &gain;
    run.surrogate.scale = kernels::LossScale::logarithm;
    run.iterations = iterations.data();
    run.status = status.data();
    run.loss = loss.data();
    run.history = {history.data(), limit + 1, 1};
  }
};

}  // namespace metasolve::test
