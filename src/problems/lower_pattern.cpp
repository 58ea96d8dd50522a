// SPDX-License-Identifier: Apache-2.0
#include "src/problems/lower_pattern.hpp"

#include <algorithm>
#include <numeric>

namespace metasolve::problems {

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// level[i] of the rows: one more than the highest of the rows that row i needs. Transposed: of the columns.
std::vector<int> solve_levels(SymmetricStructure const& s, bool transposed) {
  std::vector<int> level(at(s.unknowns), 0);
  auto const raise = [&](int i, int needed) { level[at(i)] = std::max(level[at(i)], level[at(needed)] + 1); };
  for (int m = 0; m < s.unknowns; ++m) {
    int const j = transposed ? s.unknowns - 1 - m : m;
    for (auto e = s.column_begin[at(j)]; e < s.column_begin[at(j) + 1]; ++e) {
      transposed ? raise(j, s.row[at(e)]) : raise(s.row[at(e)], j);
    }
  }
  return level;
}

/// A member takes a row's entries one after the other, some ten times a column's cost; below as many rows a level the
/// columns win.
constexpr int rows_a_level_that_pay = 8;

}  // namespace

LowerPattern::Levels::Levels(exec::Backend& backend, std::vector<int> const& level)
    : count(level.empty() ? 0 : 1 + *std::max_element(level.begin(), level.end())) {
  std::vector<std::int32_t> order(level.size()), first(at(count) + 1, 0);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return level[at(a)] < level[at(b)]; });
  for (int const l : level) ++first[at(l) + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  begin = exec::uploaded(backend, first);
  item = exec::uploaded(backend, order);
}

LowerPattern::LowerPattern(exec::Backend& backend, SymmetricStructure const& s, SolveOrder order)
    : unknowns_(s.unknowns),
      entries_(static_cast<int>(s.entries())),
      column_begin_(exec::uploaded(backend, s.column_begin)),
      row_(exec::uploaded(backend, s.row)) {
  std::vector<std::int32_t> row_begin(at(unknowns_) + 1, 0), column(at(entries_)), entry(at(entries_));
  for (auto const i : s.row) ++row_begin[at(i) + 1];
  std::partial_sum(row_begin.begin(), row_begin.end(), row_begin.begin());
  auto next = row_begin;
  for (int j = 0; j < unknowns_; ++j) {
    for (auto e = s.column_begin[at(j)]; e < s.column_begin[at(j) + 1]; ++e) {
      auto const to = at(next[at(s.row[at(e)])]++);
      column[to] = j;
      entry[to] = e;
    }
  }
  row_begin_ = exec::uploaded(backend, row_begin);
  column_ = exec::uploaded(backend, column);
  entry_ = exec::uploaded(backend, entry);
  if (order == SolveOrder::columns) return;
  for (bool const transposed : {false, true}) {
    auto const level = solve_levels(s, transposed);
    auto const levels = level.empty() ? 0 : 1 + *std::max_element(level.begin(), level.end());
    if (order == SolveOrder::by_shape && levels * rows_a_level_that_pay > unknowns_) continue;
    (transposed ? backward_ : forward_).emplace(backend, level);
  }
}

kernels::LowerPatternView LowerPattern::view() const {
  return {unknowns_,
          entries_,
          column_begin_.data(),
          row_.data(),
          row_begin_.data(),
          column_.data(),
          entry_.data(),
          forward_ ? forward_->view() : kernels::LevelView{},
          backward_ ? backward_->view() : kernels::LevelView{}};
}

CholeskyPlan::CholeskyPlan(exec::Backend& backend, SymmetricStructure const& matrix, FillRule const& rule,
                           SolveOrder order)
    : structure_(filled(matrix, rule.entries ? complete_fill : rule.level)), pattern_(backend, structure_, order) {
  auto const& s = structure_;
  std::vector<std::int32_t> place, target, keep;
  std::vector<std::int64_t> begin;
  auto const entries = static_cast<std::int32_t>(s.entries());
  for (int j = 0; j < s.unknowns; ++j) {
    auto const first = s.column_begin[at(j)], last = s.column_begin[at(j) + 1];
    for (auto e = matrix.column_begin[at(j)]; e < matrix.column_begin[at(j) + 1]; ++e) {
      place.push_back(s.find(matrix.row[at(e)], j));
    }
    if (rule.entries) {
      // More than all there are is all: the sum must not overflow.
      auto const own = matrix.column_begin[at(j) + 1] - matrix.column_begin[at(j)];
      keep.push_back(own + std::min(*rule.entries, s.unknowns - own));
    }
    begin.push_back(static_cast<std::int64_t>(target.size()));
    for (auto x = first; x < last; ++x) {
      target.push_back(entries + s.row[at(x)]);  // the diagonal
      for (auto y = x + 1; y < last; ++y) {
        auto const found = s.find(s.row[at(y)], s.row[at(x)]);
        target.push_back(found >= 0 ? found : entries + s.unknowns);
      }
    }
  }
  place_ = exec::uploaded(backend, place);
  update_target_ = exec::uploaded(backend, target);
  update_begin_ = exec::uploaded(backend, begin);
  if (rule.entries) keep_ = exec::uploaded(backend, keep);
}

}  // namespace metasolve::problems
