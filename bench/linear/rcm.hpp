// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "system.hpp"

namespace metasolve::bench::linear {

struct Band {
  std::vector<std::int32_t> at;  ///< position of each unknown in the new order
  std::int32_t width = 0;        ///< entries below the diagonal
};

/// The narrower of the given order and reverse Cuthill-McKee from several unknowns. The pattern is taken as symmetric.
Band narrow_band(Rows const& rows);

}  // namespace metasolve::bench::linear
