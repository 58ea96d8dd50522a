// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <variant>
#include <vector>

#include "src/problems/elasticity.hpp"
#include "src/problems/foreign_tasks.hpp"
#include "src/problems/poisson.hpp"
#include "src/problems/robertson.hpp"
#include "src/problems/spd.hpp"

namespace metasolve::problems {

/// Tasks of any problem that the library knows, or that a program brings. A new one is a type here, with a bind_tasks
/// of its own.
using AnyTasks = std::variant<PoissonTasks, RobertsonTasks, BeamTasks, SpdTasks, ForeignTasks>;

/// All tasks of the first group, then all of the second, and so on. The groups: at least one, of one problem, size,
/// measure and format.
AnyTasks concatenated(std::vector<AnyTasks> groups);

/// The features of tasks first ... first + n - 1, [n][width], as a meta-solver sees them before scaling.
void features_of(AnyTasks const& tasks, std::int64_t first, std::int64_t n, double* features);

}  // namespace metasolve::problems
