// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace metasolve::engine {

/// Settings of gradients that are estimated from solves alone (src/estimate).
struct EstimatorSettings {
  /// Distance of the probes: relative to a value's distance from the nearer end of its range, or in units of its scale.
  double step = 0.2;
  int samples = 1;                                     ///< random directions, or draws, per task
  std::uint64_t seed = 0;                              ///< of the draws, and of the directions of Gradient::forward
  std::vector<std::int64_t> surrogate_hidden{64, 64};  ///< hidden layers of the control variate's network
  /// Coordinates that the network sees at once, as a convolution along them: its output is summed over all places. For
  /// parameters that are a sequence, as the values on a grid. 0: all together.
  int surrogate_window = 0;
  double surrogate_rate = 1e-3;  ///< learning rate of that network
  int threads = 0;               ///< of that network; 0: as Executor::cpu has
};

}  // namespace metasolve::engine
