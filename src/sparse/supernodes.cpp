// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/supernodes.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "metasolve/detail/sparse/at.hpp"
#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

/// The lower triangle by rows: columns of row i are col_idxs[row_ptrs[i]] ...
struct LowerRows {
  std::vector<std::int32_t> row_ptrs, col_idxs;

  explicit LowerRows(SymmetricStructure const& s) : row_ptrs(at(s.unknowns) + 1, 0), col_idxs(at(s.entries())) {
    for (auto const i : s.row_idxs) ++row_ptrs[at(i) + 1];
    std::partial_sum(row_ptrs.begin(), row_ptrs.end(), row_ptrs.begin());
    auto next = row_ptrs;
    for (std::int32_t j = 0; j < s.unknowns; ++j) {
      for (auto e = s.col_ptrs[at(j)]; e < s.col_ptrs[at(j) + 1]; ++e) {
        col_idxs[at(next[at(s.row_idxs[at(e)])]++)] = j;
      }
    }
  }
};

/// Time of a supernode's elimination in units of a product and sum in registers. Loads and stores of updated entries
/// count as three.
double cost(double width, double below) {
  double const updated = 0.5 * below * (below + 1);
  double const panel = 0.5 * width * width * (below + width / 3);
  return 40 + updated * (width + 3) + 1.5 * panel + 4 * below + 2 * width * below;
}

/// Maximal runs of columns, each with the rows of the next one besides that one; then those that are cheaper together.
std::vector<std::int32_t> merged(std::vector<std::int32_t> const& parent, std::vector<std::int32_t> const& counts) {
  struct Node {
    std::int32_t first, last, below;
  };
  std::vector<Node> done;
  for (std::int32_t j = 0; at(j) < parent.size(); ++j) {
    bool const extends =
        !done.empty() && done.back().last == j - 1 && parent[at(j) - 1] == j && counts[at(j) - 1] == counts[at(j)] + 1;
    if (extends) {
      done.back().last = j;
      done.back().below = counts[at(j)];
    } else {
      done.push_back({j, j, counts[at(j)]});
    }
    // A run is complete when the next column does not extend it: merge it with those before it then.
    bool const complete =
        at(j) + 1 == parent.size() || parent[at(j)] != j + 1 || counts[at(j)] != counts[at(j) + 1] + 1;
    while (complete && done.size() > 1) {
      auto& node = done.back();
      auto const& child = done[done.size() - 2];
      if (parent[at(child.last)] < node.first || parent[at(child.last)] > node.last) break;
      double const width = node.last - node.first + 1, child_width = child.last - child.first + 1;
      if (cost(width + child_width, node.below) > cost(width, node.below) + cost(child_width, child.below)) break;
      node.first = child.first;
      done.erase(done.end() - 2);
    }
  }
  std::vector<std::int32_t> first;
  first.reserve(done.size() + 1);
  for (auto const& node : done) first.push_back(node.first);
  first.push_back(static_cast<std::int32_t>(parent.size()));
  return first;
}

/// Cuts supernodes wider than `widest` into pieces; the first ones have the columns of the others among their rows.
Supernodes cut(Supernodes const& whole, int widest) {
  Supernodes pieces;
  pieces.row_ptrs = {0};
  for (int s = 0; s < whole.count(); ++s) {
    int const width = whole.width(s), parts = (width + widest - 1) / widest;
    for (int p = 0; p < parts; ++p) {
      auto const from = whole.first_column[at(s)] + width * p / parts,
                 to = whole.first_column[at(s)] + width * (p + 1) / parts;
      pieces.first_column.push_back(from);
      for (auto j = to; j < whole.first_column[at(s) + 1]; ++j) pieces.rows.push_back(j);
      pieces.rows.insert(pieces.rows.end(), whole.rows.begin() + whole.row_ptrs[at(s)],
                         whole.rows.begin() + whole.row_ptrs[at(s) + 1]);
      pieces.row_ptrs.push_back(static_cast<std::int32_t>(pieces.rows.size()));
    }
  }
  pieces.first_column.push_back(whole.first_column.back());
  return pieces;
}

/// Fills updates and relative.
void find_updates(int unknowns, Supernodes& s) {
  std::vector<std::int32_t> of_column(at(unknowns));
  for (int t = 0; t < s.count(); ++t) {
    for (auto j = s.first_column[at(t)]; j < s.first_column[at(t) + 1]; ++j) of_column[at(j)] = t;
  }
  s.update_ptrs = {0};
  for (int t = 0; t < s.count(); ++t) {
    auto const first = s.row_ptrs[at(t)], last = s.row_ptrs[at(t) + 1];
    for (auto r = first; r < last;) {
      auto const target = of_column[at(s.rows[at(r)])];
      auto const end_column = s.first_column[at(target) + 1];
      auto const begin = r;
      while (r < last && s.rows[at(r)] < end_column) ++r;
      s.updates.push_back({target, begin - first, r - first, static_cast<std::int32_t>(s.relative.size())});
      constexpr std::size_t most = 1 << 30;  // 4 GiB of indices
      if (s.relative.size() > most) {
        throw InputError(
            "the complete factor is too large: its panels have more than 2^30 rows; use an iterative "
            "method, or another ordering");
      }
      // Rows ascend on both sides.
      auto const width = s.width(target);
      auto place = s.row_ptrs[at(target)];
      if (r < last) {
        auto const rows = s.rows.begin();
        place = static_cast<std::int32_t>(
            std::lower_bound(rows + place, rows + s.row_ptrs[at(target) + 1], s.rows[at(r)]) - rows);
      }
      for (auto y = begin; y < last; ++y) {
        auto const row = s.rows[at(y)];
        if (row < end_column) {
          s.relative.push_back(row - s.first_column[at(target)]);
          continue;
        }
        while (s.rows[at(place)] < row) ++place;
        s.relative.push_back(width + place - s.row_ptrs[at(target)]);
      }
    }
    s.update_ptrs.push_back(static_cast<std::int32_t>(s.updates.size()));
  }
}

}  // namespace

int Supernodes::width(int s) const { return first_column[at(s) + 1] - first_column[at(s)]; }
int Supernodes::below(int s) const { return row_ptrs[at(s) + 1] - row_ptrs[at(s)]; }

namespace {

std::vector<std::int32_t> elimination_tree(LowerRows const& rows) {
  auto const n = static_cast<std::int32_t>(rows.row_ptrs.size()) - 1;
  std::vector<std::int32_t> parent(at(n), -1), ancestor(at(n), -1);
  for (std::int32_t i = 0; i < n; ++i) {
    for (auto e = rows.row_ptrs[at(i)]; e < rows.row_ptrs[at(i) + 1]; ++e) {
      for (auto j = rows.col_idxs[at(e)]; j != -1 && j < i;) {  // with path compression
        auto const next = ancestor[at(j)];
        ancestor[at(j)] = i;
        if (next == -1) parent[at(j)] = i;
        j = next;
      }
    }
  }
  return parent;
}

/// Entries of each column of the factor, without the diagonal.
std::vector<std::int32_t> column_counts(LowerRows const& rows, std::vector<std::int32_t> const& parent) {
  auto const n = static_cast<std::int32_t>(parent.size());
  std::vector<std::int32_t> counts(at(n), 0), seen(at(n), -1);
  for (std::int32_t i = 0; i < n; ++i) {
    seen[at(i)] = i;
    for (auto e = rows.row_ptrs[at(i)]; e < rows.row_ptrs[at(i) + 1]; ++e) {
      for (auto j = rows.col_idxs[at(e)]; seen[at(j)] != i; j = parent[at(j)]) {
        ++counts[at(j)];
        seen[at(j)] = i;
      }
    }
  }
  return counts;
}

/// Multiplications and additions of a factorisation with these column counts.
double factor_operations(std::vector<std::int32_t> const& counts) {
  double sum = 0;
  for (double const c : counts) sum += 0.5 * c * (c + 3);
  return sum;
}

}  // namespace

std::vector<std::int32_t> elimination_tree(SymmetricStructure const& structure) {
  return elimination_tree(LowerRows(structure));
}

Ordering postordering(std::vector<std::int32_t> const& parent) {
  auto const n = static_cast<std::int32_t>(parent.size());
  std::vector<std::int32_t> child(parent.size(), -1), sibling(parent.size(), -1), stack;
  for (auto j = n - 1; j >= 0; --j) {  // backwards: children come out in ascending order
    if (parent[at(j)] < 0) continue;
    sibling[at(j)] = child[at(parent[at(j)])];
    child[at(parent[at(j)])] = j;
  }
  Ordering order;
  order.reserve(parent.size());
  for (std::int32_t root = 0; root < n; ++root) {
    if (parent[at(root)] >= 0) continue;
    stack.push_back(root);
    while (!stack.empty()) {
      auto const j = stack.back();
      auto const c = child[at(j)];
      if (c >= 0) {
        child[at(j)] = sibling[at(c)];
        stack.push_back(c);
      } else {
        order.push_back(j);
        stack.pop_back();
      }
    }
  }
  return order;
}

Supernodes supernodes_of(SymmetricStructure const& structure, int (*widest)(double)) {
  LowerRows const rows(structure);
  auto const parent = elimination_tree(rows);
  auto const counts = column_counts(rows, parent);
  Supernodes whole;
  whole.first_column = merged(parent, counts);
  auto below = factor_rows(structure, whole.first_column);
  whole.row_ptrs = std::move(below.row_ptrs);
  whole.rows = std::move(below.rows);
  auto pieces = cut(whole, widest(factor_operations(counts)));
  find_updates(structure.unknowns, pieces);
  return pieces;
}

}  // namespace metasolve::sparse
