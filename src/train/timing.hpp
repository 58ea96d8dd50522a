// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/engine/training/learner.hpp"

/// Wall-clock time of several methods on the same tasks.
namespace metasolve::train {

/// One method of solving all tasks.
struct Way {
  engine::Evaluator* evaluator;
  engine::Parameters parameters;
  engine::SolveLimits limits;
};

struct Turns {
  double seconds = 0;     ///< minimum total of all ways
  std::size_t turns = 0;  ///< minimum
  double slow = 2;  ///< of solves that take so many seconds together each is dear: the first times are good enough
};

/// Solves all tasks of the evaluation group, in parts that fit the learner. Asynchronous.
void solve_all(engine::Evaluator& evaluator, engine::Parameters parameters, engine::SolveLimits const& limits,
               std::int64_t tasks);

/// Seconds of each way [ways][turns], alternating, so that other load on the machine affects all of them equally.
std::vector<std::vector<double>> time_in_turn(std::vector<Way> const& ways, std::int64_t tasks, Turns const& least);

}  // namespace metasolve::train
