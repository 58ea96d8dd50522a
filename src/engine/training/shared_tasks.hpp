// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::engine {

/// The same tasks, generated once: each rank of the executor generates a part, and gives it to the others. Kept in the
/// host's memory; what exceeds 1 GiB stays as it is, and every rank generates what it needs. Collective.
Tasks shared_tasks(Executor const& executor, Tasks const& tasks);

}  // namespace metasolve::engine
