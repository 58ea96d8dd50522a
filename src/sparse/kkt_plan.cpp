// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/kkt_plan.hpp"

#include <algorithm>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

/// An entry of a matrix, and its index among the values.
struct KktEntry {
  std::int32_t row, column, value;
};

/// The entries by rows. @throws InputError
std::vector<KktEntry> entries_of(Pattern const& pattern, std::string const& name, std::int64_t columns) {
  auto const reject = [&](std::string const& what) { throw InputError(name + ": " + what); };
  auto const& begin = pattern.row_ptrs;
  if (begin.empty() || begin.front() != 0) reject("row_ptrs must hold one number more than rows, from 0 on");
  constexpr std::int64_t most = 1 << 28;
  if (static_cast<std::int64_t>(begin.size()) > most || static_cast<std::int64_t>(pattern.col_idxs.size()) > most) {
    reject("more than " + std::to_string(most) + " rows or entries");
  }
  if (static_cast<std::size_t>(begin.back()) != pattern.col_idxs.size()) {
    reject("row_ptrs ends with " + std::to_string(begin.back()) + ", but col_idxs holds " +
           std::to_string(pattern.col_idxs.size()) + " numbers");
  }
  for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
    if (begin[i + 1] < begin[i]) reject("row_ptrs descends after row " + std::to_string(i));
  }
  std::vector<KktEntry> entries;
  for (std::size_t i = 0; i + 1 < begin.size(); ++i) {
    for (auto e = begin[i]; e < begin[i + 1]; ++e) {
      auto const j = pattern.col_idxs[at(e)];
      if (j < 0 || j >= columns) {
        reject("row " + std::to_string(i) + " has the column " + std::to_string(j) + " of " + std::to_string(columns));
      }
      if (e > begin[i] && pattern.col_idxs[at(e) - 1] >= j) {
        reject("the columns of row " + std::to_string(i) + " do not ascend");
      }
      entries.push_back({static_cast<std::int32_t>(i), j, e});
    }
  }
  return entries;
}

/// Each entry of P once, as one of the lower triangle.
std::vector<KktEntry> lower_of(std::vector<KktEntry> entries) {
  for (auto& e : entries) {
    if (e.row < e.column) e = {e.column, e.row, -1 - e.value};  // negative: of the upper triangle
  }
  std::ranges::sort(entries, [](KktEntry const& a, KktEntry const& b) {
    if (a.row != b.row) return a.row < b.row;
    return a.column != b.column ? a.column < b.column : a.value > b.value;
  });
  auto const is_same = [](KktEntry const& a, KktEntry const& b) { return a.row == b.row && a.column == b.column; };
  entries.erase(std::unique(entries.begin(), entries.end(), is_same), entries.end());
  for (auto& e : entries) e.value = e.value < 0 ? -1 - e.value : e.value;
  return entries;
}

/// Compressed by `major`; within it ascending by `minor`.
struct Compressed {
  std::vector<std::int32_t> ptrs, idxs, value;
  Compressed(std::vector<KktEntry> entries, int count, std::int32_t KktEntry::*major, std::int32_t KktEntry::*minor)
      : ptrs(at(count) + 1, 0) {
    std::ranges::sort(entries, [&](KktEntry const& a, KktEntry const& b) {
      return a.*major != b.*major ? a.*major < b.*major : a.*minor < b.*minor;
    });
    for (auto const& e : entries) {
      ++ptrs[at(e.*major) + 1];
      idxs.push_back(e.*minor);
      value.push_back(e.value);
    }
    for (std::size_t i = 1; i < ptrs.size(); ++i) ptrs[i] += ptrs[i - 1];
  }
};

}  // namespace

KktPlan::KktPlan(exec::Backend& backend, Pattern const& p, Pattern const& a)
    : variables_(static_cast<int>(p.row_ptrs.size()) - 1),
      rows_(static_cast<int>(a.row_ptrs.size()) - 1),
      p_entries_(static_cast<int>(p.col_idxs.size())),
      a_entries_(static_cast<int>(a.col_idxs.size())) {
  if (variables_ < 1) throw InputError("P: no variables");
  int const n = variables_, all = n + rows_;
  auto const of_p = lower_of(entries_of(p, "P", n));
  auto const of_a = entries_of(a, "A", n);

  auto whole = of_p;
  for (auto const& e : of_p) {
    if (e.row != e.column) whole.push_back({e.column, e.row, e.value});
  }
  Compressed const p_rows(std::move(whole), n, &KktEntry::row, &KktEntry::column);
  Compressed const a_rows(of_a, rows_, &KktEntry::row, &KktEntry::column);
  Compressed const a_columns(of_a, n, &KktEntry::column, &KktEntry::row);
  p_row_ptrs_ = exec::uploaded(backend, p_rows.ptrs);
  p_col_idxs_ = exec::uploaded(backend, p_rows.idxs);
  p_value_ = exec::uploaded(backend, p_rows.value);
  a_row_ptrs_ = exec::uploaded(backend, a_rows.ptrs);
  a_col_idxs_ = exec::uploaded(backend, a_rows.idxs);
  a_col_ptrs_ = exec::uploaded(backend, a_columns.ptrs);
  a_row_idxs_ = exec::uploaded(backend, a_columns.idxs);
  a_value_ = exec::uploaded(backend, a_columns.value);

  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  places.reserve(of_p.size() + of_a.size());
  for (auto const& e : of_p) places.emplace_back(e.row, e.column);
  for (auto const& e : of_a) places.emplace_back(n + e.row, e.column);
  auto const structure = structure_of(all, places);
  auto const order = in_postorder(structure, approximate_minimum_degree(structure));
  auto const eliminated = reordered(structure, order);
  auto const position = inverse(order);
  position_ = exec::uploaded(backend, position);
  factor_.emplace(backend, eliminated, kernels::Factorization::ldl);
  auto const places_of_values = [&](bool by_rows) {
    auto const place = factor_->places(eliminated, by_rows);
    auto const diagonal_at = eliminated.row_idxs.size();
    auto const of = [&](std::int32_t i, std::int32_t j) {
      auto const x = position[at(i)], y = position[at(j)];
      return place[x == y ? diagonal_at + at(x) : at(eliminated.find(x, y))];
    };
    std::vector<std::int32_t> in_p(at(p_entries_), -1), in_a, diagonal;
    for (auto const& e : of_p) in_p[at(e.value)] = of(e.row, e.column);
    for (auto const& e : of_a) in_a.push_back(of(n + e.row, e.column));
    for (std::int32_t i = 0; i < all; ++i) diagonal.push_back(of(i, i));
    return Places{exec::uploaded(backend, in_p), exec::uploaded(backend, in_a), exec::uploaded(backend, diagonal)};
  };
  by_rows_ = places_of_values(true);
  by_columns_ = places_of_values(false);
}

kernels::KktView KktPlan::view() const {
  kernels::KktView v;
  v.variables = variables_;
  v.rows = rows_;
  v.p_entries = p_entries_;
  v.a_entries = a_entries_;
  v.p_row_ptrs = p_row_ptrs_.data();
  v.p_col_idxs = p_col_idxs_.data();
  v.p_value = p_value_.data();
  v.a_row_ptrs = a_row_ptrs_.data();
  v.a_col_idxs = a_col_idxs_.data();
  v.a_col_ptrs = a_col_ptrs_.data();
  v.a_row_idxs = a_row_idxs_.data();
  v.a_value = a_value_.data();
  v.position = position_.data();
  v.factor = factor_->view();
  v.by_rows = by_rows_.view();
  v.by_columns = by_columns_.view();
  return v;
}

double KktPlan::step_operations() const {
  double const solves = 4 * static_cast<double>(factor_->entries());
  return solves + 4.0 * a_entries_ + 20.0 * rows_ + 20.0 * variables_;
}

}  // namespace metasolve::sparse
