// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/api/direct_data.hpp"

#include <algorithm>
#include <numeric>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/kernels/direct/dense_lu.hpp"

namespace metasolve::api {

namespace {

using sparse::at;
using Method = LinearSolver::Method;
using Ordering = LinearSolver::Ordering;

kernels::Factorization factorization_of(Method method) {
  if (method == Method::cholesky) return kernels::Factorization::cholesky;
  return method == Method::ldl ? kernels::Factorization::ldl : kernels::Factorization::lu;
}

/// Sets `chosen`.
sparse::Ordering order_of(sparse::SymmetricStructure const& s, Ordering wanted, bool dense, Ordering& chosen) {
  chosen = wanted;
  if (dense || wanted == Ordering::natural) {
    chosen = Ordering::natural;
    auto const order = sparse::natural_ordering(s.unknowns);
    return dense ? order : sparse::in_postorder(s, order);
  }
  if (wanted == Ordering::rcm) return sparse::in_postorder(s, sparse::reverse_cuthill_mckee(s));
  chosen = Ordering::amd;  // cheaper on every pattern measured (docs/performance.md)
  return sparse::in_postorder(s, sparse::approximate_minimum_degree(s));
}

}  // namespace

DirectData::DirectData(exec::Backend& exec, Pattern const& pattern, LinearSolver::Options const& options,
                       std::vector<std::int32_t> const& stored_at)
    : unknowns_(0),
      entries_(static_cast<int>(pattern.col_idxs.size())),
      mirrors_(options.matrix != LinearSolver::Matrix::general),
      dense_(options.method == Method::dense_lu) {
  auto const given = sparse::caller_pattern(pattern, read(), [&](sparse::SymmetricStructure const& s) {
    return order_of(s, options.ordering, dense_, ordering_);
  });
  auto const& s = given.structure;
  unknowns_ = s.unknowns;
  int const n = unknowns_;

  // The place in A of each value of the solver's pattern, as CallerPattern::place_of.
  std::vector<Entry> of_value;
  for (auto const& [i, j] : sparse::places_of(s)) of_value.push_back({i, j, true});
  auto const lower = of_value.size();
  for (std::int32_t i = 0; i < n; ++i) of_value.push_back({i, i, true});
  if (!mirrors_) {
    for (std::size_t e = 0; e < lower; ++e) of_value.push_back({of_value[e].column, of_value[e].row, true});
  }
  std::vector<Entry> entries(at(entries_), {0, 0, false});
  auto const stored = [&](std::int32_t entry) { return at(stored_at.empty() ? entry : stored_at[at(entry)]); };
  for (std::size_t v = 0; v < of_value.size(); ++v) {
    if (given.place_of[v] >= 0) entries[stored(given.place_of[v])] = of_value[v];
  }

  auto const by_entry = [&](auto&& place_of_value) {
    std::vector<std::int32_t> place(at(entries_), -1);
    for (std::size_t v = 0; v < of_value.size(); ++v) {
      if (given.place_of[v] >= 0) place[stored(given.place_of[v])] = place_of_value(v);
    }
    return exec::uploaded(exec, place);
  };
  if (dense_) {
    int const stride = kernels::DenseLu<double, kernels::Within::single>::stride_of(n);
    place_ = by_entry([&](std::size_t v) { return of_value[v].row * stride + of_value[v].column; });
    if (mirrors_)
      mirror_place_ = by_entry([&](std::size_t v) { return of_value[v].column * stride + of_value[v].row; });
  } else {
    plan_.emplace(exec, s, factorization_of(options.method));
    auto const places = plan_->places(s, false);
    place_ = by_entry([&](std::size_t v) { return places[v]; });
    if (exec.memory_is_host()) {
      auto const rows = plan_->places(s, true);
      place_by_rows_ = by_entry([&](std::size_t v) { return rows[v]; });
    }
  }
  std::vector<std::int32_t> row, column;
  for (auto const& e : entries) {
    row.push_back(e.row);
    column.push_back(e.column);
  }
  row_ = exec::uploaded(exec, row);
  column_ = exec::uploaded(exec, column);
  unknown_at_ = exec::uploaded(exec, given.order);
  if (!exec.memory_is_host()) {
    rows_ = rows_of(exec, entries, given.order, false);
    if (!mirrors_) transposed_rows_ = rows_of(exec, entries, given.order, true);
  }
}

DirectData::Rows DirectData::rows_of(exec::Backend& exec, std::vector<Entry> const& entries,
                                     sparse::Ordering const& order, bool transposed) const {
  struct Item {
    std::int32_t row, column, value;
  };
  std::vector<Item> items;
  for (std::size_t e = 0; e < entries.size(); ++e) {
    auto const& [i, j, is_read] = entries[e];
    if (!is_read) continue;
    auto const value = static_cast<std::int32_t>(e);
    items.push_back(transposed ? Item{j, i, value} : Item{i, j, value});
    if (mirrors_ && i != j) items.push_back({j, i, value});
  }
  std::ranges::sort(items, [&](Item const& a, Item const& b) {
    return a.row != b.row ? a.row < b.row : order[at(a.column)] < order[at(b.column)];
  });
  std::vector<std::int32_t> row_ptrs(at(unknowns_) + 1, 0), value_of, column_of;
  for (auto const& item : items) {
    ++row_ptrs[at(item.row) + 1];
    value_of.push_back(item.value);
    column_of.push_back(item.column);
  }
  std::partial_sum(row_ptrs.begin(), row_ptrs.end(), row_ptrs.begin());
  return {exec::uploaded(exec, row_ptrs), exec::uploaded(exec, value_of), exec::uploaded(exec, column_of)};
}

kernels::DirectTasks DirectData::tasks(bool by_lanes, bool transposed) const {
  kernels::DirectTasks t;
  t.unknowns = unknowns_;
  t.entries = entries_;
  t.place = by_lanes && !dense_ ? place_by_rows_.data() : place_.data();
  t.mirror_place = mirror_place_.data();
  t.row = row_.data();
  t.column = column_.data();
  t.mirrors = mirrors_;
  t.transposed = transposed && !mirrors_;
  t.unknown_at = unknown_at_.data();
  auto const& rows = t.transposed ? transposed_rows_ : rows_;
  if (rows) {
    t.row_ptrs = rows->row_ptrs.data();
    t.value_of = rows->value_of.data();
    t.column_of = rows->column_of.data();
  }
  return t;
}

}  // namespace metasolve::api
