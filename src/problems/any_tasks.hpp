// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "src/problems/poisson.hpp"

namespace metasolve::problems {

/// Tasks of any problem that the library knows. A new one is a type here, with a bind_tasks of its own.
using AnyTasks = std::variant<PoissonTasks>;

/// All tasks of the first group, then all of the second, and so on. The groups: at least one, of one problem, size,
/// measure and format.
AnyTasks concatenated(std::vector<AnyTasks> groups);

}  // namespace metasolve::problems
