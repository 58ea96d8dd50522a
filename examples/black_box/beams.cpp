// SPDX-License-Identifier: Apache-2.0
#include "beams.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace black_box {
namespace {

using Point = std::array<int, 3>;
/// Sums of products of the gradients of two nodes' hat functions.
using Products = std::array<std::array<int, 3>, 3>;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

}  // namespace

Beams::Beams(std::array<int, 3> const& boxes) : boxes_(boxes) {
  auto const node_at = [&](Point const& p) { return p[0] + (boxes[0] + 1) * (p[1] + (boxes[1] + 1) * p[2]); };
  auto const is_clamped = [&](int node) { return node % (boxes[0] + 1) == 0; };
  int const nodes = node_at({0, 0, boxes[2] + 1});
  std::vector<int> elements(at(nodes), 0);
  std::map<std::pair<int, int>, Products> pairs;  // of neighbouring nodes; whole numbers, so that zeros are exact

  auto const add_element = [&](Point const& box, Point const& path) {
    std::array<int, 4> node{};
    std::array<Point, 4> gradient{};
    Point corner = box;
    for (std::size_t v = 0; v < 4; ++v) {
      if (v > 0) {  // from one corner to the next along one edge
        auto const axis = at(path[v - 1]);
        ++corner[axis];
        --gradient[v - 1][axis];
        ++gradient[v][axis];
      }
      node[v] = node_at(corner);
      ++elements[at(node[v])];
    }
    for (std::size_t v = 0; v < 4; ++v) {
      for (std::size_t w = 0; w < 4; ++w) {
        auto& products = pairs[{node[v], node[w]}];
        for (std::size_t a = 0; a < 3; ++a) {
          for (std::size_t b = 0; b < 3; ++b) products[a][b] += gradient[v][a] * gradient[w][b];
        }
      }
    }
  };
  for (int z = 0; z < boxes[2]; ++z) {
    for (int y = 0; y < boxes[1]; ++y) {
      for (int x = 0; x < boxes[0]; ++x) {
        Point path{0, 1, 2};
        do add_element({x, y, z}, path);
        while (std::next_permutation(path.begin(), path.end()));
      }
    }
  }

  constexpr double sixth = 1.0 / 6;  // the part of its box that an element fills
  row_ptrs_.push_back(0);
  for (int i = 0; i < 3 * nodes; ++i) {
    int const node = i / 3, a = i % 3;
    for (auto pair = pairs.lower_bound({node, 0}); pair != pairs.end() && pair->first.first == node; ++pair) {
      int const other = pair->first.second;
      auto const& g = pair->second;
      for (int b = 0; b < 3; ++b) {
        Entry entry{a, b, {}, {}, 0};
        if (is_clamped(node) || is_clamped(other)) {
          if (node != other || a != b) continue;
          entry.fixed = elements[at(node)];
        } else {
          bool is_zero = g[at(a)][at(b)] == 0 && g[at(b)][at(a)] == 0;
          entry.along = {sixth * g[at(a)][at(b)], sixth * g[at(b)][at(a)]};
          for (std::size_t x = 0; x < 3 && a == b; ++x) {
            entry.across[x] = sixth * g[x][x];
            is_zero = is_zero && g[x][x] == 0;
          }
          if (is_zero) continue;
        }
        columns_.push_back(3 * other + b);
        entries_.push_back(entry);
      }
    }
    row_ptrs_.push_back(static_cast<std::int32_t>(columns_.size()));
    load_.push_back(is_clamped(node) || a != 2 ? 0 : -sixth / 4 * elements[at(node)]);
  }
}

void Beams::assemble(Beam const& beam, double* values, double* rhs) const {
  std::array<double, 3> const edge{1.0 / boxes_[0], beam.width / boxes_[1], beam.width / boxes_[2]};
  double const volume = edge[0] * edge[1] * edge[2];
  for (std::size_t e = 0; e < entries_.size(); ++e) {
    auto const& entry = entries_[e];
    double const scale = volume / (edge[at(entry.a)] * edge[at(entry.b)]);
    double across = 0;
    for (std::size_t x = 0; x < 3; ++x) across += entry.across[x] * volume / (edge[x] * edge[x]);
    values[e] = beam.lambda * entry.along[0] * scale + beam.mu * (entry.along[1] * scale + across) + entry.fixed;
  }
  double const weight = 0.4 * beam.width * beam.width * beam.rho;
  for (std::size_t i = 0; i < load_.size(); ++i) rhs[i] = weight * volume * load_[i];
}

}  // namespace black_box
