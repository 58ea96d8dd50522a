// SPDX-License-Identifier: Apache-2.0
#include "src/sparse/block_pattern.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/error.hpp"
#include "src/sparse/at.hpp"

namespace metasolve::sparse {

namespace {

void require_count(std::int64_t entries) {
  if (entries <= std::numeric_limits<std::int32_t>::max()) return;
  throw InputError("a matrix of " + std::to_string(entries) + " entries: at most 2147483647 can be solved with");
}

}  // namespace

WholePattern::WholePattern(exec::Backend& backend, SymmetricStructure const& s) {
  require_count(2 * s.entries() + s.unknowns);
  std::vector<std::int32_t> row_begin(at(s.unknowns) + 1, 0);
  for (std::int32_t j = 0; j < s.unknowns; ++j) {
    row_begin[at(j) + 1] += 1 + s.column_begin[at(j) + 1] - s.column_begin[at(j)];
    for (auto e = s.column_begin[at(j)]; e < s.column_begin[at(j) + 1]; ++e) ++row_begin[at(s.row[at(e)]) + 1];
  }
  for (std::size_t i = 1; i < row_begin.size(); ++i) row_begin[i] += row_begin[i - 1];
  std::vector<std::int32_t> column(at(row_begin.back())), source(column.size()), next(row_begin);
  auto const put = [&](std::int32_t row, std::int32_t j, std::int64_t from) {
    auto const to = at(next[at(row)]++);
    column[to] = j;
    source[to] = static_cast<std::int32_t>(from);
  };
  // By columns: what lies left of the diagonal has come before it, what lies right of it comes with later rows.
  for (std::int32_t j = 0; j < s.unknowns; ++j) {
    put(j, j, s.entries() + j);
    for (auto e = s.column_begin[at(j)]; e < s.column_begin[at(j) + 1]; ++e) put(s.row[at(e)], j, e);
    for (auto e = s.column_begin[at(j)]; e < s.column_begin[at(j) + 1]; ++e) put(j, s.row[at(e)], e);
  }
  row_begin_ = exec::uploaded(backend, row_begin);
  column_ = exec::uploaded(backend, column);
  source_ = exec::uploaded(backend, source);
}

FactorPattern::FactorPattern(exec::Backend& backend, SymmetricStructure const& l)
    : slots_(static_cast<std::int32_t>(l.entries() + l.unknowns)) {
  require_count(l.entries() + l.unknowns);
  std::vector<std::int32_t> row_begin{0}, column;
  for (std::int32_t k = 0; k < l.unknowns; ++k) {
    column.push_back(k);
    column.insert(column.end(), l.row.begin() + l.column_begin[at(k)], l.row.begin() + l.column_begin[at(k) + 1]);
    row_begin.push_back(static_cast<std::int32_t>(column.size()));
  }
  row_begin_ = exec::uploaded(backend, row_begin);
  column_ = exec::uploaded(backend, column);
}

FactorPattern::FactorPattern(exec::Backend& backend, SymmetricStructure const& matrix, int more) {
  std::vector<std::int32_t> row_begin{0};
  std::int64_t slots = 0;
  for (std::int32_t k = 0; k < matrix.unknowns; ++k) {
    std::int64_t const wanted = std::int64_t{matrix.column_begin[at(k) + 1]} - matrix.column_begin[at(k)] + more;
    slots += 1 + std::min<std::int64_t>(wanted, matrix.unknowns - 1 - k);
    require_count(slots);
    row_begin.push_back(static_cast<std::int32_t>(slots));
  }
  slots_ = static_cast<std::int32_t>(slots);
  row_begin_ = exec::uploaded(backend, row_begin);
}

}  // namespace metasolve::sparse
