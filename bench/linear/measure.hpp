// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contender.hpp"

namespace metasolve::bench::linear {

/// What one contender needed for a set.
struct Figures {
  Entry const* entry = nullptr;
  double seconds = 0;        ///< of all tasks: the median
  double setup_seconds = 0;  ///< of `analyse`: the median
  double iterations = 0;
  Error worst = {};           ///< of the tasks that were solved; NaN: none was
  std::int64_t unsolved = 0;  ///< tasks whose x meets neither twice the tolerance nor what rounding permits
  int repeats = 0;
  std::string note, failure;  ///< failure: why it could not be run at all
};

/// Runs all contenders that apply, in turn: machines slow down and speed up, and what is compared shall share that.
/// Everything is solved once before the clock starts, and verified. Who leaves tasks unsolved, or needs more than a
/// minute, is timed by that run alone.
std::vector<Figures> measured(System const& system, int repeats);

}  // namespace metasolve::bench::linear
