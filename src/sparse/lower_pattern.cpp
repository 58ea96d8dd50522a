// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/lower_pattern.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

/// level[i] of a row: one more than the highest level of the rows that it depends on. Transposed: of the columns.
std::vector<int> solve_levels(SymmetricStructure const& s, bool transposed) {
  std::vector<int> level(at(s.unknowns), 0);
  auto const raise = [&](int i, int needed) { level[at(i)] = std::max(level[at(i)], level[at(needed)] + 1); };
  for (int m = 0; m < s.unknowns; ++m) {
    int const j = transposed ? s.unknowns - 1 - m : m;
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) {
      transposed ? raise(j, s.row_idxs[at(e)]) : raise(s.row_idxs[at(e)], j);
    }
  }
  return level;
}

/// One member processes a row's entries in sequence, at some ten times a column's cost; with fewer rows per level,
/// columns are faster.
constexpr int rows_a_level_that_pay = 8;

/// A tile's syncs cost as much as some columns: short rows are faster by columns. Words may grow with the square of the
/// unknowns.
constexpr int entries_a_row_that_pay = 4, most_tiled_unknowns = 4096;

bool pays_by_tiles(SymmetricStructure const& s) {
  return s.unknowns > kernels::tile_size && s.unknowns <= most_tiled_unknowns &&
         s.entries() >= std::int64_t{entries_a_row_that_pay} * s.unknowns;
}

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
      col_ptrs_(exec::uploaded(backend, s.col_ptrs)),
      row_idxs_(exec::uploaded(backend, s.row_idxs)) {
  std::vector<std::int32_t> row_ptrs(at(unknowns_) + 1, 0), col_idxs(at(entries_)), entry(at(entries_));
  for (auto const i : s.row_idxs) ++row_ptrs[at(i) + 1];
  std::partial_sum(row_ptrs.begin(), row_ptrs.end(), row_ptrs.begin());
  auto next = row_ptrs;
  for (int j = 0; j < unknowns_; ++j) {
    for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) {
      auto const to = at(next[at(s.row_idxs[at(e)])]++);
      col_idxs[to] = j;
      entry[to] = e;
    }
  }
  row_ptrs_ = exec::uploaded(backend, row_ptrs);
  col_idxs_ = exec::uploaded(backend, col_idxs);
  entry_ = exec::uploaded(backend, entry);
  bool const on_device = !backend.memory_is_host();
  // A pattern with an order belongs to a factor, which is not multiplied with; tiles are for device teams, wherever
  // they run.
  if (order == SolveOrder::columns ? on_device : order == SolveOrder::tiles) {
    make_product_words(backend, s, row_ptrs, col_idxs, entry);
  }
  if (order == SolveOrder::columns) return;
  for (bool const transposed : {false, true}) {
    auto const level = solve_levels(s, transposed);
    auto const levels = level.empty() ? 0 : 1 + *std::max_element(level.begin(), level.end());
    if (order == SolveOrder::tiles || (order == SolveOrder::by_shape && levels * rows_a_level_that_pay > unknowns_)) {
      continue;
    }
    (transposed ? backward_ : forward_).emplace(backend, level);
  }
  bool const chosen = order == SolveOrder::by_shape && on_device && !forward_ && !backward_ && pays_by_tiles(s);
  if (order != SolveOrder::tiles && !chosen) return;
  tiles_ = (unknowns_ + kernels::tile_size - 1) / kernels::tile_size;
  std::vector<std::int32_t> in_place(at(entries_));
  std::iota(in_place.begin(), in_place.end(), 0);
  tile_rows_.emplace(backend, tiles_, row_ptrs, col_idxs, entry, entries_ + unknowns_);
  tile_columns_.emplace(backend, tiles_, s.col_ptrs, s.row_idxs, in_place, entries_ + unknowns_);
}

LowerPattern::Words::Words(exec::Backend& backend, int tiles, std::vector<std::int32_t> const& line_begin,
                           std::vector<std::int32_t> const& place, std::vector<std::int32_t> const& value, int none) {
  using kernels::tile_size;
  struct Entry {
    int at_line;
    std::uint32_t word;
  };
  auto const word_of = [](int index, int in_tile) {
    return static_cast<std::uint32_t>(index) << kernels::tile_bits | static_cast<std::uint32_t>(in_tile);
  };
  std::vector<std::vector<Entry>> of_tile(at(tiles));
  for (int i = 0; at(i) + 1 < line_begin.size(); ++i) {
    for (auto e = line_begin[at(i)]; e < line_begin[at(i) + 1]; ++e) {
      int const t = place[at(e)] / tile_size;
      if (t == i / tile_size) continue;  // part of the inverse
      of_tile[at(t)].push_back({i, word_of(value[at(e)], place[at(e)] % tile_size)});
    }
  }
  kernels::TileLine empty{};
  std::fill(std::begin(empty.word), std::end(empty.word), word_of(none, 0));
  std::vector<kernels::TileLines> shape;
  std::vector<kernels::TileLine> all;
  for (auto const& entries : of_tile) {
    kernels::TileLines s{static_cast<int>(all.size()), 0, 0};
    if (!entries.empty()) {
      s.first = entries.front().at_line;
      s.count = entries.back().at_line - s.first + 1;
    }
    all.resize(all.size() + at(s.count), empty);
    std::vector<int> used(at(s.count), 0);
    for (auto const& e : entries) {
      int const m = e.at_line - s.first;
      all[at(s.begin + m)].word[used[at(m)]++] = e.word;
    }
    shape.push_back(s);
  }
  tile = exec::uploaded(backend, shape);
  line = exec::uploaded(backend, all);
}

void LowerPattern::make_product_words(exec::Backend& backend, SymmetricStructure const& s,
                                      std::vector<std::int32_t> const& row_ptrs,
                                      std::vector<std::int32_t> const& col_idxs,
                                      std::vector<std::int32_t> const& entry) {
  constexpr int bits = kernels::ProductWords::column_bits;
  if (s.unknowns > 1 << bits || s.entries() >= std::int64_t{1} << (32 - bits)) return;
  std::vector<std::int32_t> slots(at(unknowns_));
  for (int i = 0; i < unknowns_; ++i) {
    slots[at(i)] = row_ptrs[at(i) + 1] - row_ptrs[at(i)] + s.col_ptrs[at(i) + 1] - s.col_ptrs[at(i)];
  }
  int const most = slots.empty() ? 0 : *std::max_element(slots.begin(), slots.end());
  std::vector<std::uint32_t> words(at(most) * at(unknowns_), 0);
  for (int i = 0; i < unknowns_; ++i) {
    std::size_t slot = 0;
    auto const add = [&](std::int32_t value, std::int32_t place) {
      words[slot++ * at(unknowns_) + at(i)] =
          static_cast<std::uint32_t>(value) << bits | static_cast<std::uint32_t>(place);
    };
    for (auto e = row_ptrs[at(i)]; e < row_ptrs[at(i) + 1]; ++e) add(entry[at(e)], col_idxs[at(e)]);
    for (auto e = s.col_ptrs[at(i)]; e < s.col_ptrs[at(i) + 1]; ++e) add(e, s.row_idxs[at(e)]);
  }
  product_word_ = exec::uploaded(backend, words);
  product_slots_ = exec::uploaded(backend, slots);
}

kernels::LowerPatternView LowerPattern::view() const {
  return {unknowns_,
          entries_,
          col_ptrs_.data(),
          row_idxs_.data(),
          row_ptrs_.data(),
          col_idxs_.data(),
          entry_.data(),
          forward_ ? forward_->view() : kernels::LevelView{},
          backward_ ? backward_->view() : kernels::LevelView{},
          tiles_ > 0 ? kernels::TileView{tiles_, tile_rows_->view(), tile_columns_->view()} : kernels::TileView{},
          {product_word_.data(), product_slots_.data()}};
}

CholeskyPlan::CholeskyPlan(exec::Backend& backend, SymmetricStructure const& matrix, FillRule const& rule,
                           SolveOrder order)
    : upper_of_matrix_(static_cast<int>(matrix.entries()) + matrix.unknowns),
      structure_(filled(matrix, rule.entries ? complete_fill : rule.level)),
      pattern_(backend, structure_, order) {
  auto const& s = structure_;
  std::vector<std::int32_t> place, target, keep;
  std::vector<std::int64_t> begin;
  std::int64_t pairs = 0;
  for (int j = 0; j < s.unknowns; ++j) {
    std::int64_t const rows = s.col_ptrs[at(j) + 1] - s.col_ptrs[at(j)];
    pairs += rows * (rows + 1) / 2;
    constexpr std::int64_t most_pairs = 1 << 30;  // 4 GiB of indices
    if (pairs <= most_pairs) continue;
    throw InputError("the incomplete factor's columns have too many entries: more than " + std::to_string(most_pairs) +
                     " pairs of them; ask for less fill, another ordering or preconditioner, or a direct method");
  }
  target.reserve(at(pairs));
  auto const entries = static_cast<std::int32_t>(s.entries());
  for (int j = 0; j < s.unknowns; ++j) {
    auto const first = s.col_ptrs[at(j)], last = s.col_ptrs[at(j) + 1];
    auto own_place = first;  // rows ascend on both sides, here and below
    for (auto e = matrix.col_ptrs[at(j)]; e < matrix.col_ptrs[at(j) + 1]; ++e) {
      while (s.row_idxs[at(own_place)] < matrix.row_idxs[at(e)]) ++own_place;
      place.push_back(own_place);
    }
    if (rule.entries) {
      // Limited to the unknowns: the sum must not overflow.
      auto const own = matrix.col_ptrs[at(j) + 1] - matrix.col_ptrs[at(j)];
      keep.push_back(own + std::min(*rule.entries, s.unknowns - own));
    }
    begin.push_back(static_cast<std::int64_t>(target.size()));
    for (auto x = first; x < last; ++x) {
      auto const column = s.row_idxs[at(x)];
      target.push_back(entries + column);  // the diagonal
      auto found = s.col_ptrs[at(column)];
      auto const end = s.col_ptrs[at(column) + 1];
      for (auto y = x + 1; y < last; ++y) {
        auto const row = s.row_idxs[at(y)];
        while (found < end && s.row_idxs[at(found)] < row) ++found;
        bool const is_there = found < end && s.row_idxs[at(found)] == row;
        target.push_back(is_there ? found : entries + s.unknowns);
      }
    }
  }
  place_ = exec::uploaded(backend, place);
  update_target_ = exec::uploaded(backend, target);
  update_begin_ = exec::uploaded(backend, begin);
  if (rule.entries) keep_ = exec::uploaded(backend, keep);
}

}  // namespace metasolve::sparse
