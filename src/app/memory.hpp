// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/detail/train/manifest.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::app {

using train::peak_memory;

/// Memory requirements of a training.
struct MemoryPlan {
  std::uint64_t planned_bytes = 0;  ///< tasks, network and states, in the executor's memory
  std::uint64_t peak_bytes = 0;     ///< peak of the whole process, on the CPU; 0 on another device
};

/// Plans without training and without allocating. Initialises the executor's threads and libraries, so that their
/// memory is included.
MemoryPlan plan_memory(Executor const& executor, config::RunConfig const& config);

}  // namespace metasolve::app
