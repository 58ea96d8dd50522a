// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/csr_matrix.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

std::int32_t CsrPattern::find(std::int32_t i, std::int32_t j) const {
  auto const first = col_idxs.begin() + row_ptrs[at(i)], last = col_idxs.begin() + row_ptrs[at(i) + 1];
  auto const found = std::lower_bound(first, last, j);
  return found != last && *found == j ? static_cast<std::int32_t>(found - col_idxs.begin()) : -1;
}

CsrPattern csr_pattern(std::int32_t rows, std::span<std::pair<std::int32_t, std::int32_t> const> places,
                       std::vector<std::int32_t>& index) {
  if (places.size() + at(rows) > at(std::numeric_limits<std::int32_t>::max())) {
    throw InputError("a matrix of " + std::to_string(places.size()) + " entries and " + std::to_string(rows) +
                     " rows, which are more than 2^31 - 1 together");
  }
  // By rows: first the diagonal entry, then the places in their order.
  std::vector<std::int32_t> begin(at(rows) + 1, 0);
  for (auto const& [i, j] : places) ++begin[at(i) + 1];
  for (std::int32_t i = 0; i < rows; ++i) begin[at(i) + 1] += begin[at(i)] + 1;
  std::vector<std::pair<std::int32_t, std::int32_t>> sorted(places.size() + at(rows));  // column, place
  auto next = begin;
  for (std::int32_t i = 0; i < rows; ++i) sorted[at(next[at(i)]++)] = {i, -1};
  for (std::size_t p = 0; p < places.size(); ++p) {
    sorted[at(next[at(places[p].first)]++)] = {places[p].second, static_cast<std::int32_t>(p)};
  }
  CsrPattern pattern;
  pattern.row_ptrs.reserve(at(rows) + 1);
  index.resize(places.size());
  for (std::int32_t i = 0; i < rows; ++i) {
    std::sort(sorted.begin() + begin[at(i)], sorted.begin() + begin[at(i) + 1]);
    for (auto p = begin[at(i)]; p < begin[at(i) + 1]; ++p) {
      auto const& [column, place] = sorted[at(p)];
      if (p == begin[at(i)] || pattern.col_idxs.back() != column) pattern.col_idxs.push_back(column);
      if (place >= 0) index[at(place)] = static_cast<std::int32_t>(pattern.col_idxs.size()) - 1;
    }
    pattern.row_ptrs.push_back(static_cast<std::int32_t>(pattern.col_idxs.size()));
  }
  return pattern;
}

CsrMatrix csr_matrix(io::MatrixMarket const& matrix) {
  bool const mirrored = matrix.symmetric || matrix.skew_symmetric;
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  std::vector<double> values;
  places.reserve(matrix.entries.size() * (mirrored ? 2 : 1));
  values.reserve(places.capacity());
  for (auto const& e : matrix.entries) {
    places.emplace_back(e.row, e.column);
    values.push_back(e.value);
    if (!mirrored || e.row == e.column) continue;
    places.emplace_back(e.column, e.row);
    values.push_back(matrix.symmetric ? e.value : -e.value);
  }
  CsrMatrix result;
  std::vector<std::int32_t> index;
  result.pattern = csr_pattern(matrix.rows, places, index);
  result.values.assign(at(result.pattern.entries()), 0.0);
  for (std::size_t p = 0; p < places.size(); ++p) result.values[at(index[p])] += values[p];
  return result;
}

MatrixKind kind_of(CsrPattern const& pattern, std::span<double const> values) {
  bool symmetric = true, positive = true, below = false, above = false;
  for (std::int32_t i = 0; i < pattern.rows(); ++i) {
    for (auto e = pattern.row_ptrs[at(i)]; e < pattern.row_ptrs[at(i) + 1]; ++e) {
      auto const j = pattern.col_idxs[at(e)];
      below = below || j < i;
      above = above || j > i;
      if (j == i) {
        positive = positive && values[at(e)] > 0;
        symmetric = symmetric && values[at(e)] == values[at(e)];
      } else if (symmetric) {
        auto const mirror = pattern.find(j, i);
        symmetric = mirror >= 0 && values[at(mirror)] == values[at(e)];
      }
    }
  }
  if (symmetric) return positive ? MatrixKind::positive_diagonal : MatrixKind::symmetric;
  return below && !above ? MatrixKind::lower_triangle : MatrixKind::general;
}

}  // namespace metasolve::sparse
