// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/poisson_rhs.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/error.hpp"

namespace metasolve::sparse {

void require_usable_poisson(std::span<double const> rhs, int unknowns,
                            std::function<std::string(std::int64_t)> const& row_name) {
  auto const count = static_cast<std::int64_t>(rhs.size()) / unknowns;
  for (std::int64_t t = 0; t < count; ++t) {
    double largest = 0;
    for (int i = 0; i < unknowns; ++i) {
      double const f = rhs[static_cast<std::size_t>(t * unknowns + i)];
      if (!std::isfinite(f)) throw InputError(row_name(t) + ": f" + std::to_string(i + 1) + " is not finite");
      largest = std::max(largest, std::abs(f));
    }
    if (largest == 0) {
      throw InputError(row_name(t) + ": f is zero in every entry, and a relative measure needs ||f|| > 0; the " +
                       "solution is u = 0: leave this task out");
    }
  }
}

}  // namespace metasolve::sparse
