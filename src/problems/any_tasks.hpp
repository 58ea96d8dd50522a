// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>

#include "src/problems/poisson.hpp"

namespace metasolve::problems {

/// Tasks of any problem that the library knows. A new one is a type here, with a bind_tasks of its own.
using AnyTasks = std::variant<PoissonTasks>;

}  // namespace metasolve::problems
