// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/sparse_pattern.hpp"

#include <string>

#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {
[[noreturn]] void reject_pattern(std::string const& what) { throw InputError("sparse pattern: " + what); }

void check(int unknowns, std::span<std::int32_t const> row_ptrs, std::span<std::int32_t const> col_idxs) {
  if (unknowns < 1) reject_pattern(std::to_string(unknowns) + " unknowns given, expected at least 1");
  if (row_ptrs.size() != static_cast<std::size_t>(unknowns) + 1) {
    reject_pattern("row_ptrs has " + std::to_string(row_ptrs.size()) +
                   " entries, expected unknowns + 1 = " + std::to_string(unknowns + 1));
  }
  if (row_ptrs.front() != 0 || row_ptrs.back() != static_cast<std::int32_t>(col_idxs.size())) {
    reject_pattern("row_ptrs must start at 0 and end at the number of entries, " + std::to_string(col_idxs.size()));
  }
  for (int i = 0; i < unknowns; ++i) {
    auto const row = static_cast<std::size_t>(i);
    if (row_ptrs[row + 1] < row_ptrs[row] || row_ptrs[row + 1] > row_ptrs.back()) {
      reject_pattern("row_ptrs descends at row " + std::to_string(i));
    }
    bool diagonal = false;
    for (std::int32_t e = row_ptrs[row]; e < row_ptrs[row + 1]; ++e) {
      std::int32_t const j = col_idxs[static_cast<std::size_t>(e)];
      if (j < 0 || j >= unknowns)
        reject_pattern("row " + std::to_string(i) + ": column " + std::to_string(j) + " is outside");
      if (e > row_ptrs[row] && j <= col_idxs[static_cast<std::size_t>(e) - 1]) {
        reject_pattern("row " + std::to_string(i) + ": columns do not ascend");
      }
      diagonal = diagonal || j == i;
    }
    if (!diagonal) reject_pattern("row " + std::to_string(i) + " has no diagonal entry, which Jacobi divides by");
  }
}
}  // namespace

SparsePattern::SparsePattern(exec::Backend& backend, int unknowns, Pattern const& pattern)
    : unknowns_(unknowns), entries_(static_cast<int>(pattern.col_idxs.size())) {
  auto const& [row_ptrs, col_idxs] = pattern;
  check(unknowns, row_ptrs, col_idxs);
  auto const n = static_cast<std::size_t>(unknowns);
  std::vector<std::int32_t> diagonal(n), col_ptrs(n + 1, 0), row_idxs(col_idxs.size()), entry(col_idxs.size());
  for (std::int32_t const j : col_idxs) ++col_ptrs[static_cast<std::size_t>(j) + 1];
  for (std::size_t j = 0; j < n; ++j) col_ptrs[j + 1] += col_ptrs[j];
  std::vector<std::int32_t> next(col_ptrs.begin(), col_ptrs.end() - 1);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::int32_t e = row_ptrs[i]; e < row_ptrs[i + 1]; ++e) {
      auto const j = static_cast<std::size_t>(col_idxs[static_cast<std::size_t>(e)]);
      if (j == i) diagonal[i] = e;
      auto const at = static_cast<std::size_t>(next[j]++);
      row_idxs[at] = static_cast<std::int32_t>(i);
      entry[at] = e;
    }
  }
  row_ptrs_ = exec::uploaded(backend, row_ptrs);
  col_idxs_ = exec::uploaded(backend, col_idxs);
  diagonal_ = exec::uploaded(backend, diagonal);
  col_ptrs_ = exec::uploaded(backend, col_ptrs);
  row_idxs_ = exec::uploaded(backend, row_idxs);
  entry_ = exec::uploaded(backend, entry);
}

kernels::SparsePatternView SparsePattern::view() const {
  return {.unknowns = unknowns_,
          .entries = entries_,
          .row_ptrs = row_ptrs_.data(),
          .col_idxs = col_idxs_.data(),
          .diagonal = diagonal_.data(),
          .col_ptrs = col_ptrs_.data(),
          .row_idxs = row_idxs_.data(),
          .entry = entry_.data()};
}

}  // namespace metasolve::sparse
