// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace metasolve::engine {

/// What training minimises (loss.cost).
enum class Cost {
  count,  ///< iterations, as in the paper
  flops,  ///< operations, counted
  time,   ///< nanoseconds, measured on this machine (train/calibration.hpp)
};

/// What a task's set-up, and each of its iterations, costs: operations or nanoseconds.
struct Price {
  double start = 0, step = 1;
  bool operator==(Price const&) const = default;
};

}  // namespace metasolve::engine
