// SPDX-License-Identifier: Apache-2.0
#include "rcm.hpp"

#include <algorithm>
#include <numeric>

namespace metasolve::bench::linear {
namespace {

using Graph = std::vector<std::vector<std::int32_t>>;  ///< neighbours, fewest neighbours of their own first

Graph graph_of(Rows const& rows) {
  Graph graph(static_cast<std::size_t>(rows.size()));
  for (std::int32_t i = 0; i < rows.size(); ++i) {
    for (auto e = rows.row_ptrs[static_cast<std::size_t>(i)]; e < rows.row_ptrs[static_cast<std::size_t>(i) + 1]; ++e) {
      auto const j = rows.col_idxs[static_cast<std::size_t>(e)];
      if (i == j) continue;
      graph[static_cast<std::size_t>(i)].push_back(j);
      graph[static_cast<std::size_t>(j)].push_back(i);
    }
  }
  for (auto& near : graph) {
    std::sort(near.begin(), near.end());
    near.erase(std::unique(near.begin(), near.end()), near.end());
  }
  Graph const by_index = graph;
  for (auto& near : graph) {
    std::stable_sort(near.begin(), near.end(), [&](auto a, auto b) {
      return by_index[static_cast<std::size_t>(a)].size() < by_index[static_cast<std::size_t>(b)].size();
    });
  }
  return graph;
}

/// All unknowns, breadth first from `start`, then from what it does not reach.
std::vector<std::int32_t> cuthill_mckee(Graph const& graph, std::int32_t start) {
  std::vector<std::int32_t> order;
  std::vector<char> seen(graph.size(), 0);
  std::size_t next = 0;
  auto const visit = [&](std::int32_t i) {
    if (seen[static_cast<std::size_t>(i)]) return;
    seen[static_cast<std::size_t>(i)] = 1;
    order.push_back(i);
  };
  auto const flood = [&](std::int32_t from) {
    for (visit(from); next < order.size(); ++next) {
      for (auto j : graph[static_cast<std::size_t>(order[next])]) visit(j);
    }
  };
  flood(start);
  for (std::size_t i = 0; i < graph.size(); ++i) flood(static_cast<std::int32_t>(i));
  return order;
}

Band band_of(Graph const& graph, std::vector<std::int32_t> const& order) {
  Band band;
  band.at.resize(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    band.at[static_cast<std::size_t>(order[k])] = static_cast<std::int32_t>(k);
  }
  for (std::size_t i = 0; i < graph.size(); ++i) {
    for (auto j : graph[i]) band.width = std::max(band.width, band.at[i] - band.at[static_cast<std::size_t>(j)]);
  }
  return band;
}

}  // namespace

Band narrow_band(Rows const& rows) {
  auto const graph = graph_of(rows);
  auto const n = rows.size();
  std::vector<std::int32_t> given(static_cast<std::size_t>(n));
  std::iota(given.begin(), given.end(), 0);
  Band best = band_of(graph, given);
  constexpr std::int32_t starts = 32;
  for (std::int32_t s = 0; s < n; s += std::max(1, n / starts)) {
    auto order = cuthill_mckee(graph, cuthill_mckee(graph, s).back());  // from one of the farthest unknowns
    std::reverse(order.begin(), order.end());
    if (auto band = band_of(graph, order); band.width < best.width) best = std::move(band);
  }
  return best;
}

}  // namespace metasolve::bench::linear
