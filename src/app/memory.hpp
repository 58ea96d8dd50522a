// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/executor.hpp"
#include "src/config/run_config.hpp"
#include "src/train/manifest.hpp"

namespace metasolve::app {

using train::peak_memory;

/// What a training takes.
struct MemoryPlan {
  std::uint64_t planned_bytes = 0;  ///< tasks, network and states, in the executor's memory
  std::uint64_t peak_bytes = 0;     ///< of the whole process at its peak, on the CPU; 0 on another device
};

/// Without training, and without taking the memory. Also makes the executor's threads and libraries take what is
/// theirs, so that it is counted.
MemoryPlan plan_memory(Executor const& executor, config::RunConfig const& config);

}  // namespace metasolve::app
