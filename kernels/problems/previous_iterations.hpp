// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"

namespace metasolve::kernels {

/// What an online meta-solver sees of a set before its step: the iterations of the step before. One element per set.
struct PreviousIterations {
  using scalar = double;
  static constexpr auto name = "previous_iterations";
  std::int32_t const* iterations;  ///< [sets]
  std::int32_t const* limits;      ///< [sets] 0: the set has ended, and nothing may be learned from it
  double* feature;                 ///< [sets] not finite where nothing may be learned

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t, std::int64_t first) const {
    for (std::int64_t set = first; set < first + lanes_of<Number>; ++set) {
      feature[set] = limits[set] == 0 ? infinity<double>() : static_cast<double>(iterations[set]);
    }
  }
};

}  // namespace metasolve::kernels
