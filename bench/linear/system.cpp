// SPDX-License-Identifier: Apache-2.0
#include "system.hpp"

#include <algorithm>
#include <cmath>

namespace metasolve::bench::linear {

void take_lower(System& s) {
  std::vector<std::size_t> from;
  s.lower.row_ptrs.assign(1, 0);
  for (std::int32_t i = 0; i < s.unknowns(); ++i) {
    for (auto e = s.rows.row_ptrs[static_cast<std::size_t>(i)]; e < s.rows.row_ptrs[static_cast<std::size_t>(i) + 1];
         ++e) {
      auto const at = static_cast<std::size_t>(e);
      if (s.rows.col_idxs[at] > i) break;
      s.lower.col_idxs.push_back(s.rows.col_idxs[at]);
      from.push_back(at);
    }
    s.lower.row_ptrs.push_back(static_cast<std::int32_t>(s.lower.col_idxs.size()));
  }
  s.lower_values.clear();
  s.lower_values.reserve(from.size() * static_cast<std::size_t>(s.tasks));
  for (std::int64_t t = 0; t < s.tasks; ++t) {
    for (auto at : from) s.lower_values.push_back(s.values_of(t)[at]);
  }
}

Error error_of(System const& s, std::int64_t task, double const* x) {
  double const *values = s.values_of(task), *b = s.rhs_of(task);
  double r2 = 0, b2 = 0, r_most = 0, b_most = 0, a_most = 0, x_most = 0;
  for (std::int32_t i = 0; i < s.unknowns(); ++i) {
    double r = b[i], row = 0;
    for (auto e = s.rows.row_ptrs[static_cast<std::size_t>(i)]; e < s.rows.row_ptrs[static_cast<std::size_t>(i) + 1];
         ++e) {
      r -= values[e] * x[s.rows.col_idxs[static_cast<std::size_t>(e)]];
      row += std::abs(values[e]);
    }
    r2 += r * r;
    b2 += b[i] * b[i];
    r_most = std::max(r_most, std::abs(r));
    b_most = std::max(b_most, std::abs(b[i]));
    a_most = std::max(a_most, row);
    x_most = std::max(x_most, std::abs(x[i]));
  }
  // Maxima ignore NaN, sums do not.
  return {std::sqrt(r2 / b2), std::isfinite(r2) ? r_most / (a_most * x_most + b_most) : r2};
}

}  // namespace metasolve::bench::linear
