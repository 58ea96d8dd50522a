// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/qp_matrix.hpp"

#include <algorithm>
#include <tuple>

#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::problems {

using sparse::at;

QpMatrix QpEntries::matrix(std::int64_t rows) const {
  auto const place = [](Entry const& e) { return std::tuple(e.row, e.column); };
  std::vector<Entry> sorted = entries_;
  std::stable_sort(sorted.begin(), sorted.end(), [&](auto const& a, auto const& b) { return place(a) < place(b); });
  QpMatrix result;
  result.pattern.row_ptrs.assign(at(rows + 1), 0);
  for (std::size_t e = 0; e < sorted.size(); ++e) {
    if (e > 0 && place(sorted[e]) == place(sorted[e - 1])) {
      result.values.back() += sorted[e].value;
      continue;
    }
    ++result.pattern.row_ptrs[at(sorted[e].row) + 1];
    result.pattern.col_idxs.push_back(sorted[e].column);
    result.values.push_back(sorted[e].value);
  }
  for (std::size_t i = 0; i < at(rows); ++i) result.pattern.row_ptrs[i + 1] += result.pattern.row_ptrs[i];
  return result;
}

}  // namespace metasolve::problems
