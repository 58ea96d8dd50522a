// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace metasolve::test {

/// The pattern of tridiag(-1, 2, -1), and its values.
struct TridiagonalCsr {
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  std::vector<double> values;
  explicit TridiagonalCsr(int unknowns) {
    for (int i = 0; i < unknowns; ++i) {
      for (int j = std::max(0, i - 1); j <= std::min(unknowns - 1, i + 1); ++j) {
        col_idxs.push_back(j);
        values.push_back(i == j ? 2 : -1);
      }
      row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
    }
  }
};

}  // namespace metasolve::test
