// SPDX-License-Identifier: Apache-2.0
#include "src/sparse/sparse_pattern.hpp"

#include <string>

#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {
[[noreturn]] void reject_pattern(std::string const& what) { throw InputError("sparse pattern: " + what); }

void check(int unknowns, std::span<std::int32_t const> row_begin, std::span<std::int32_t const> column) {
  if (unknowns < 1) reject_pattern(std::to_string(unknowns) + " unknowns given, expected at least 1");
  if (row_begin.size() != static_cast<std::size_t>(unknowns) + 1) {
    reject_pattern("row_begin has " + std::to_string(row_begin.size()) +
                   " entries, expected unknowns + 1 = " + std::to_string(unknowns + 1));
  }
  if (row_begin.front() != 0 || row_begin.back() != static_cast<std::int32_t>(column.size())) {
    reject_pattern("row_begin must start at 0 and end at the number of entries, " + std::to_string(column.size()));
  }
  for (int i = 0; i < unknowns; ++i) {
    auto const row = static_cast<std::size_t>(i);
    if (row_begin[row + 1] < row_begin[row] || row_begin[row + 1] > row_begin.back()) {
      reject_pattern("row_begin descends at row " + std::to_string(i));
    }
    bool diagonal = false;
    for (std::int32_t e = row_begin[row]; e < row_begin[row + 1]; ++e) {
      std::int32_t const j = column[static_cast<std::size_t>(e)];
      if (j < 0 || j >= unknowns)
        reject_pattern("row " + std::to_string(i) + ": column " + std::to_string(j) + " is outside");
      if (e > row_begin[row] && j <= column[static_cast<std::size_t>(e) - 1]) {
        reject_pattern("row " + std::to_string(i) + ": columns do not ascend");
      }
      diagonal = diagonal || j == i;
    }
    if (!diagonal) reject_pattern("row " + std::to_string(i) + " has no diagonal entry, which Jacobi divides by");
  }
}
}  // namespace

SparsePattern::SparsePattern(exec::Backend& backend, int unknowns, std::span<std::int32_t const> row_begin,
                             std::span<std::int32_t const> column)
    : unknowns_(unknowns), entries_(static_cast<int>(column.size())) {
  check(unknowns, row_begin, column);
  auto const n = static_cast<std::size_t>(unknowns);
  std::vector<std::int32_t> diagonal(n), column_begin(n + 1, 0), row(column.size()), entry(column.size());
  for (std::int32_t const j : column) ++column_begin[static_cast<std::size_t>(j) + 1];
  for (std::size_t j = 0; j < n; ++j) column_begin[j + 1] += column_begin[j];
  std::vector<std::int32_t> next(column_begin.begin(), column_begin.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::int32_t e = row_begin[i]; e < row_begin[i + 1]; ++e) {
      auto const j = static_cast<std::size_t>(column[static_cast<std::size_t>(e)]);
      if (j == i) diagonal[i] = e;
      auto const at = static_cast<std::size_t>(next[j]++);
      row[at] = static_cast<std::int32_t>(i);
      entry[at] = e;
    }
  }
  row_begin_ = exec::uploaded(backend, row_begin);
  column_ = exec::uploaded(backend, column);
  diagonal_ = exec::uploaded(backend, diagonal);
  column_begin_ = exec::uploaded(backend, column_begin);
  row_ = exec::uploaded(backend, row);
  entry_ = exec::uploaded(backend, entry);
}

kernels::SparsePatternView SparsePattern::view() const {
  return {.unknowns = unknowns_,
          .entries = entries_,
          .row_begin = row_begin_.data(),
          .column = column_.data(),
          .diagonal = diagonal_.data(),
          .column_begin = column_begin_.data(),
          .row = row_.data(),
          .entry = entry_.data()};
}

}  // namespace metasolve::sparse
