// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/caller_pattern.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

[[noreturn]] void reject(std::string const& what) { throw InputError("pattern: " + what); }

/// A task's vectors, matrix and factor share a 32-bit count; half of it is for the factor.
void require_countable(std::int64_t unknowns, std::size_t entries) {
  constexpr std::int64_t vectors = 16, most = std::numeric_limits<std::int32_t>::max() / 2;
  if (unknowns <= most / vectors && static_cast<std::int64_t>(entries) <= (most - vectors * unknowns) / 2) return;
  reject(std::to_string(unknowns) + " unknowns and " + std::to_string(entries) +
         " entries are more than a task can have: 16 an unknown and 2 an entry must not exceed " +
         std::to_string(most) + " together");
}

/// Validated compressed rows.
class Rows {
 public:
  Rows(std::span<std::int32_t const> begin, std::span<std::int32_t const> col_idxs, bool mirrored)
      : begin_(begin), col_idxs_(col_idxs) {
    if (begin.size() < 2 || begin.front() != 0) reject("row_ptrs must hold N + 1 numbers from 0 on, N at least 1");
    require_countable(unknowns(), col_idxs.size());
    for (std::int32_t i = 0; i < unknowns(); ++i) check_row(i);
    if (static_cast<std::size_t>(begin.back()) != col_idxs.size()) {
      reject("row_ptrs ends with " + std::to_string(begin.back()) + ", but col_idxs holds " +
             std::to_string(col_idxs.size()) + " numbers");
    }
    if (!mirrored) return;
    for (std::int32_t i = 0; i < unknowns(); ++i) check_mirrors(i);
  }
  [[nodiscard]] std::int32_t unknowns() const { return static_cast<std::int32_t>(begin_.size()) - 1; }
  [[nodiscard]] std::span<std::int32_t const> row(std::int32_t i) const {
    return col_idxs_.subspan(at(begin_[at(i)]), at(begin_[at(i) + 1] - begin_[at(i)]));
  }
  /// Index of entry (i, j); -1: none.
  [[nodiscard]] std::int32_t find(std::int32_t i, std::int32_t j) const {
    auto const r = row(i);
    auto const found = std::lower_bound(r.begin(), r.end(), j);
    return found != r.end() && *found == j ? begin_[at(i)] + static_cast<std::int32_t>(found - r.begin()) : -1;
  }

 private:
  void check_row(std::int32_t i) const {
    std::string const name = "row " + std::to_string(i);
    auto const first = begin_[at(i)], last = begin_[at(i) + 1];
    if (last < first || at(last) > col_idxs_.size()) reject(name + " ends before it begins, or beyond all entries");
    auto const r = row(i);
    for (std::size_t k = 0; k < r.size(); ++k) {
      if (r[k] < 0 || r[k] >= unknowns()) reject(name + " has column " + std::to_string(r[k]));
      if (k > 0 && r[k] <= r[k - 1]) reject(name + " is not in ascending order of columns");
    }
    if (find(i, i) < 0) reject(name + " lacks its diagonal entry");
  }
  void check_mirrors(std::int32_t i) const {
    for (auto const j : row(i)) {
      if (j > i && find(j, i) < 0) {
        reject("row " + std::to_string(i) + " has column " + std::to_string(j) + ", but row " + std::to_string(j) +
               " lacks column " + std::to_string(i) + ": give a symmetric pattern, or its lower triangle alone");
      }
    }
  }

  std::span<std::int32_t const> begin_, col_idxs_;
};

}  // namespace

CallerPattern caller_pattern(Pattern const& pattern, CallerEntries entries, OrderingOf const& ordering) {
  bool const all = entries == CallerEntries::all;
  Rows const rows(pattern.row_ptrs, pattern.col_idxs, !all);
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  for (std::int32_t i = 0; i < rows.unknowns(); ++i) {
    for (auto const j : rows.row(i)) {
      if (j < i || all) places.emplace_back(i, j);
    }
  }
  auto const own = structure_of(rows.unknowns(), places);
  CallerPattern result;
  result.order = ordering(own);
  result.structure = reordered(own, result.order);
  auto const place = [&](std::int32_t i, std::int32_t j) {
    auto const a = result.order[at(i)], b = result.order[at(j)];
    return all ? rows.find(a, b) : rows.find(std::max(a, b), std::min(a, b));
  };
  auto const lower = places_of(result.structure);
  result.place_of.reserve(lower.size() * (all ? 2 : 1) + at(own.unknowns));
  for (auto const& [i, j] : lower) result.place_of.push_back(place(i, j));
  for (std::int32_t i = 0; i < own.unknowns; ++i) result.place_of.push_back(place(i, i));
  if (!all) return result;
  for (auto const& [i, j] : lower) result.place_of.push_back(place(j, i));
  return result;
}

}  // namespace metasolve::sparse
