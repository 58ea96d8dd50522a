// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/black_box.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"

namespace metasolve::problems {

/// Binds a box to tasks whose rows are those of described(box). Solves and gradients are calls of the box, in host
/// memory. @throws InputError the executor's memory is not the host's
engine::TaskGroup<double> bind_black_box(exec::Backend& exec, engine::Tasks const& tasks, BlackBox const& box,
                                         engine::StageLimits const& limits);

}  // namespace metasolve::problems
