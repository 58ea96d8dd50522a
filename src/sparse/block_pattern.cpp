// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/block_pattern.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

void require_count(std::int64_t entries) {
  if (entries <= std::numeric_limits<std::int32_t>::max()) return;
  throw InputError("a matrix of " + std::to_string(entries) + " entries: at most 2147483647 can be solved with");
}

}  // namespace

WholePattern::WholePattern(exec::Backend& backend, SymmetricStructure const& s) {
  require_count(2 * s.entries() + s.unknowns);
  std::vector<std::int32_t> row_ptrs(at(s.unknowns) + 1, 0);
  for (std::int32_t j = 0; j < s.unknowns; ++j) {
    row_ptrs[at(j) + 1] += 1 + s.col_ptrs[at(j) + 1] - s.col_ptrs[at(j)];
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) ++row_ptrs[at(s.row_idxs[at(e)]) + 1];
  }
  for (std::size_t i = 1; i < row_ptrs.size(); ++i) row_ptrs[i] += row_ptrs[i - 1];
  std::vector<std::int32_t> col_idxs(at(row_ptrs.back())), source(col_idxs.size()), next(row_ptrs);
  auto const add = [&](std::int32_t row, std::int32_t j, std::int64_t from) {
    auto const to = at(next[at(row)]++);
    col_idxs[to] = j;
    source[to] = static_cast<std::int32_t>(from);
  };
  // Column by column: entries left of the diagonal were added before it, those right of it follow with later rows.
  for (std::int32_t j = 0; j < s.unknowns; ++j) {
    add(j, j, s.entries() + j);
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) add(s.row_idxs[at(e)], j, e);
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) add(j, s.row_idxs[at(e)], e);
  }
  row_ptrs_ = exec::uploaded(backend, row_ptrs);
  col_idxs_ = exec::uploaded(backend, col_idxs);
  source_ = exec::uploaded(backend, source);
}

FactorPattern::FactorPattern(exec::Backend& backend, SymmetricStructure const& l)
    : slots_(static_cast<std::int32_t>(l.entries() + l.unknowns)) {
  require_count(l.entries() + l.unknowns);
  std::vector<std::int32_t> row_ptrs{0}, col_idxs;
  for (std::int32_t k = 0; k < l.unknowns; ++k) {
    col_idxs.push_back(k);
    col_idxs.insert(col_idxs.end(), l.row_idxs.begin() + l.col_ptrs[at(k)], l.row_idxs.begin() + l.col_ptrs[at(k) + 1]);
    row_ptrs.push_back(static_cast<std::int32_t>(col_idxs.size()));
  }
  row_ptrs_ = exec::uploaded(backend, row_ptrs);
  col_idxs_ = exec::uploaded(backend, col_idxs);
}

FactorPattern::FactorPattern(exec::Backend& backend, SymmetricStructure const& matrix, int more) {
  std::vector<std::int32_t> row_ptrs{0};
  std::int64_t slots = 0;
  for (std::int32_t k = 0; k < matrix.unknowns; ++k) {
    std::int64_t const wanted = std::int64_t{matrix.col_ptrs[at(k) + 1]} - matrix.col_ptrs[at(k)] + more;
    slots += 1 + std::min<std::int64_t>(wanted, matrix.unknowns - 1 - k);
    require_count(slots);
    row_ptrs.push_back(static_cast<std::int32_t>(slots));
  }
  slots_ = static_cast<std::int32_t>(slots);
  row_ptrs_ = exec::uploaded(backend, row_ptrs);
}

}  // namespace metasolve::sparse
