// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/sparse/symmetric_structure.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/cuthill_mckee_ordering.hpp>
#include <limits>
#include <numeric>
#include <queue>

#include "metasolve/error.hpp"

namespace metasolve::sparse {

namespace {

std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }

/// One row of the symbolic factorisation: levels of the columns found so far.
class FillRow {
 public:
  explicit FillRow(int unknowns) : level_(at(unknowns), none) {}

  void clear() {
    for (auto const j : columns_) level_[at(j)] = none;
    columns_.clear();
  }
  void meet(std::int32_t column, std::int32_t level) {
    auto& known = level_[at(column)];
    if (known == none) columns_.push_back(column), fresh_.push(column);
    known = std::min(known, level);
  }
  /// The next column left of `row`, ascending; -1: none. Columns added meanwhile are right of the last.
  std::int32_t next_before(std::int32_t row) {
    if (fresh_.empty() || fresh_.top() >= row) {
      fresh_ = {};
      return -1;
    }
    std::int32_t const column = fresh_.top();
    fresh_.pop();
    return column;
  }
  [[nodiscard]] std::int32_t level(std::int32_t column) const { return level_[at(column)]; }
  [[nodiscard]] std::vector<std::int32_t> const& columns() const { return columns_; }

 private:
  static constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();
  std::vector<std::int32_t> level_, columns_;
  std::priority_queue<std::int32_t, std::vector<std::int32_t>, std::greater<>> fresh_;
};

}  // namespace

std::int32_t SymmetricStructure::find(std::int32_t i, std::int32_t j) const {
  if (i < j) std::swap(i, j);
  auto const first = row_idxs.begin() + col_ptrs[at(j)], last = row_idxs.begin() + col_ptrs[at(j) + 1];
  auto const found = std::lower_bound(first, last, i);
  return found != last && *found == i ? static_cast<std::int32_t>(found - row_idxs.begin()) : -1;
}

SymmetricStructure structure_of(int unknowns, std::vector<std::pair<std::int32_t, std::int32_t>> const& places) {
  SymmetricStructure s;
  s.unknowns = unknowns;
  s.col_ptrs.assign(at(unknowns) + 1, 0);
  for (auto const& [i, j] : places) s.col_ptrs[at(std::min(i, j)) + 1] += i != j ? 1 : 0;
  std::partial_sum(s.col_ptrs.begin(), s.col_ptrs.end(), s.col_ptrs.begin());
  s.row_idxs.resize(at(s.col_ptrs.back()));
  auto next = s.col_ptrs;
  for (auto const& [i, j] : places) {
    if (i != j) s.row_idxs[at(next[at(std::min(i, j))]++)] = std::max(i, j);
  }
  // Ascending within a column, each once.
  std::int32_t to = 0, first = 0;
  for (std::int32_t j = 0; j < unknowns; ++j) {
    auto const begin = s.row_idxs.begin() + first, end = s.row_idxs.begin() + s.col_ptrs[at(j) + 1];
    first = s.col_ptrs[at(j) + 1];
    std::sort(begin, end);
    auto const last = std::unique(begin, end);
    to = static_cast<std::int32_t>(std::copy(begin, last, s.row_idxs.begin() + to) - s.row_idxs.begin());
    s.col_ptrs[at(j) + 1] = to;
  }
  s.row_idxs.resize(at(to));
  return s;
}

std::vector<std::pair<std::int32_t, std::int32_t>> places_of(SymmetricStructure const& structure) {
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  places.reserve(structure.row_idxs.size());
  for (std::int32_t j = 0; j < structure.unknowns; ++j) {
    for (auto e = structure.col_ptrs[at(j)]; e < structure.col_ptrs[at(j) + 1]; ++e) {
      places.emplace_back(structure.row_idxs[at(e)], j);
    }
  }
  return places;
}

Ordering natural_ordering(int unknowns) {
  Ordering order(at(unknowns));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

namespace {

/// Of one connected component.
Ordering cuthill_mckee(SymmetricStructure const& structure) {
  using Degree = boost::property<boost::vertex_degree_t, int>;
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS,
                                      boost::property<boost::vertex_color_t, boost::default_color_type, Degree>>;
  Graph graph(at(structure.unknowns));
  for (auto const& [i, j] : places_of(structure)) boost::add_edge(at(j), at(i), graph);
  std::vector<Graph::vertex_descriptor> order(at(structure.unknowns));
  boost::cuthill_mckee_ordering(graph, order.begin(), get(boost::vertex_color, graph), make_degree_map(graph));
  return {order.begin(), order.end()};
}

/// The number of each unknown's component, components numbered by their first unknowns.
std::vector<std::int32_t> components_of(SymmetricStructure const& s, std::int32_t& count) {
  std::vector<std::int32_t> root(at(s.unknowns));
  std::iota(root.begin(), root.end(), 0);
  auto const find = [&](std::int32_t i) {
    while (root[at(i)] != i) i = root[at(i)] = root[at(root[at(i)])];
    return i;
  };
  for (auto const& [i, j] : places_of(s)) {
    auto const a = find(i), b = find(j);
    root[at(std::max(a, b))] = std::min(a, b);
  }
  std::vector<std::int32_t> number(at(s.unknowns));
  count = 0;
  for (std::int32_t i = 0; i < s.unknowns; ++i) number[at(i)] = find(i) == i ? count++ : number[at(find(i))];
  return number;
}

}  // namespace

Ordering reverse_cuthill_mckee(SymmetricStructure const& structure) {
  // Boost takes time for all unknowns in each component.
  std::int32_t count = 0;
  auto const component = components_of(structure, count);
  std::vector<std::vector<std::int32_t>> members(at(count));
  std::vector<std::int32_t> own(component.size());
  for (std::size_t i = 0; i < component.size(); ++i) {
    own[i] = static_cast<std::int32_t>(members[at(component[i])].size());
    members[at(component[i])].push_back(static_cast<std::int32_t>(i));
  }
  std::vector<std::vector<std::pair<std::int32_t, std::int32_t>>> places(at(count));
  for (auto const& [i, j] : places_of(structure)) places[at(component[at(i)])].emplace_back(own[at(i)], own[at(j)]);
  Ordering order;
  order.reserve(component.size());
  for (std::size_t c = 0; c < members.size(); ++c) {
    auto const part = structure_of(static_cast<int>(members[c].size()), places[c]);
    for (auto const i : cuthill_mckee(part)) order.push_back(members[c][at(i)]);
  }
  std::ranges::reverse(order);
  return order;
}

Ordering inverse(Ordering const& order) {
  Ordering place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[at(order[i])] = static_cast<std::int32_t>(i);
  return place;
}

SymmetricStructure reordered(SymmetricStructure const& structure, Ordering const& order) {
  auto const place = inverse(order);
  auto places = places_of(structure);
  for (auto& [i, j] : places) i = place[at(i)], j = place[at(j)];
  return structure_of(structure.unknowns, places);
}

namespace {

[[noreturn]] void reject_fill(std::string const& fill, std::int32_t most) {
  throw InputError(fill + ": more than " + std::to_string(most) +
                   " entries; ask for less fill, another ordering, or an iterative method");
}
/// Half the range of 32 bits: the rest is for the diagonal, the matrix and the vectors.
constexpr std::int32_t most_entries = std::numeric_limits<std::int32_t>::max() / 2;

}  // namespace

FactorRows factor_rows(SymmetricStructure const& a, std::vector<std::int32_t> const& first_column) {
  auto const count = static_cast<std::int32_t>(first_column.size()) - 1;
  std::vector<std::int32_t> group_of(at(a.unknowns)), seen(at(a.unknowns), -1);
  for (std::int32_t g = 0; g < count; ++g) {
    for (auto j = first_column[at(g)]; j < first_column[at(g) + 1]; ++j) group_of[at(j)] = g;
  }
  std::vector<std::vector<std::int32_t>> children(at(count));
  FactorRows found;
  for (std::int32_t g = 0; g < count; ++g) {
    auto const begin = static_cast<std::ptrdiff_t>(found.rows.size());
    auto const next = first_column[at(g) + 1];
    auto const meet = [&](std::int32_t i) {
      if (i < next || seen[at(i)] == g) return;
      seen[at(i)] = g;
      found.rows.push_back(i);
    };
    for (auto j = first_column[at(g)]; j < next; ++j) {
      for (auto e = a.col_ptrs[at(j)]; e < a.col_ptrs[at(j) + 1]; ++e) meet(a.row_idxs[at(e)]);
    }
    for (auto const c : children[at(g)]) {
      for (auto r = found.row_ptrs[at(c)]; r < found.row_ptrs[at(c) + 1]; ++r) meet(found.rows[at(r)]);
    }
    std::sort(found.rows.begin() + begin, found.rows.end());
    if (found.rows.size() > at(most_entries)) reject_fill("complete fill", most_entries);
    found.row_ptrs.push_back(static_cast<std::int32_t>(found.rows.size()));
    if (begin < found.row_ptrs.back())
      children[at(group_of[at(found.rows[static_cast<std::size_t>(begin)])])].push_back(g);
  }
  return found;
}

SymmetricStructure filled(SymmetricStructure const& structure, int level) {
  int const n = structure.unknowns;
  if (level >= n) {  // no path is longer: a column each
    auto columns = natural_ordering(n + 1);
    auto complete = factor_rows(structure, columns);
    return {n, std::move(complete.row_ptrs), std::move(complete.rows)};
  }
  // Row i of the upper triangle is column i of the lower one: both follow from A's row left of the diagonal.
  std::vector<std::vector<std::int32_t>> left(at(n));
  for (std::int32_t j = 0; j < n; ++j) {
    for (auto e = structure.col_ptrs[at(j)]; e < structure.col_ptrs[at(j) + 1]; ++e) {
      left[at(structure.row_idxs[at(e)])].push_back(j);
    }
  }
  SymmetricStructure result;
  result.unknowns = n;
  std::vector<std::int32_t> result_level;
  FillRow row(n);
  for (std::int32_t i = 0; i < n; ++i) {
    row.clear();
    for (auto const j : left[at(i)]) row.meet(j, 0);
    for (auto e = structure.col_ptrs[at(i)]; e < structure.col_ptrs[at(i) + 1]; ++e) {
      row.meet(structure.row_idxs[at(e)], 0);
    }
    for (std::int32_t k = row.next_before(i); k >= 0; k = row.next_before(i)) {
      for (auto e = result.col_ptrs[at(k)]; e < result.col_ptrs[at(k) + 1]; ++e) {
        auto const found = row.level(k) + result_level[at(e)] + 1;
        if (result.row_idxs[at(e)] != i && found <= level) row.meet(result.row_idxs[at(e)], found);
      }
    }
    std::vector<std::int32_t> right;
    for (auto const j : row.columns()) {
      if (j > i) right.push_back(j);
    }
    std::sort(right.begin(), right.end());
    if (result.row_idxs.size() + right.size() > at(most_entries)) {
      reject_fill("fill of level " + std::to_string(level), most_entries);
    }
    for (auto const j : right) {
      result.row_idxs.push_back(j);
      result_level.push_back(row.level(j));
    }
    result.col_ptrs.push_back(static_cast<std::int32_t>(result.row_idxs.size()));
  }
  return result;
}

}  // namespace metasolve::sparse
