// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/beam_mesh.hpp"

#include <algorithm>
#include <map>

#include "metasolve/detail/sparse/at.hpp"

namespace metasolve::problems {

namespace {

using Vector = std::array<int, 3>;
using Coefficients = std::array<double, kernels::BeamStencilView::coefficients>;

using sparse::at;

/// Corners of one tetrahedron in units of the box, and the gradients of its four basis functions: along the path from
/// (0,0,0) to (1,1,1) one axis at a time.
struct Tetrahedron {
  std::array<Vector, 4> corner{};
  std::array<Vector, 4> gradient{};

  explicit Tetrahedron(Vector const& path) {
    for (std::size_t v = 1; v < 4; ++v) {
      corner[v] = corner[v - 1];
      corner[v][at(path[v - 1])] = 1;
      gradient[v - 1][at(path[v - 1])] -= 1;
      gradient[v][at(path[v - 1])] += 1;
    }
  }
};

std::vector<Tetrahedron> tetrahedra() {
  std::vector<Tetrahedron> all;
  Vector path{0, 1, 2};
  do all.emplace_back(path);
  while (std::next_permutation(path.begin(), path.end()));
  return all;
}

int node_at(BeamMesh const& mesh, Vector const& p) {
  return p[0] + (mesh.cells[0] + 1) * (p[1] + (mesh.cells[1] + 1) * p[2]);
}

/// Adds one tetrahedron's contribution, a sixth of its box, to the coefficients between two of its nodes.
void add_share(Vector const& g, Vector const& h, int a, int b, Coefficients& c) {
  c[0] += g[at(a)] * h[at(b)] / 6.0;
  c[1] += g[at(b)] * h[at(a)] / 6.0;
  if (a != b) return;
  for (std::size_t x = 0; x < 3; ++x) c[2 + x] += g[x] * h[x] / 6.0;
}

}  // namespace

std::array<double, 3> BeamMesh::coordinates(int node) const {
  int const across = cells[0] + 1, up = cells[1] + 1;
  int const x = node % across, y = node / across % up, z = node / across / up;
  return {static_cast<double>(x) / cells[0], static_cast<double>(y) / cells[1], static_cast<double>(z) / cells[2]};
}

BeamStencil::BeamStencil(BeamMesh const& beam_mesh, sparse::OrderingKind ordering) : mesh(beam_mesh) {
  int const n = mesh.unknowns();
  std::vector<int> elements(at(mesh.nodes()), 0);
  std::map<std::pair<int, int>, Coefficients> lower;  // (column, row), strictly below the diagonal
  std::vector<Coefficients> diagonal(at(n), Coefficients{});
  auto const clamped = [&](int node) { return node % (mesh.cells[0] + 1) == 0; };
  auto const kinds = tetrahedra();
  for (int z = 0; z < mesh.cells[2]; ++z) {
    for (int y = 0; y < mesh.cells[1]; ++y) {
      for (int x = 0; x < mesh.cells[0]; ++x) {
        for (auto const& t : kinds) {
          std::array<int, 4> node{};
          for (std::size_t v = 0; v < 4; ++v) {
            node[v] = node_at(mesh, {x + t.corner[v][0], y + t.corner[v][1], z + t.corner[v][2]});
            ++elements[at(node[v])];
          }
          for (std::size_t v = 0; v < 4; ++v) {
            for (std::size_t w = 0; w < 4; ++w) {
              if (clamped(node[v]) || clamped(node[w])) continue;
              for (int pair = 0; pair < 9; ++pair) {
                int const a = pair / 3, b = pair % 3, i = 3 * node[v] + a, j = 3 * node[w] + b;
                if (i < j) continue;
                add_share(t.gradient[v], t.gradient[w], a, b, i == j ? diagonal[at(i)] : lower[{j, i}]);
              }
            }
          }
        }
      }
    }
  }
  std::erase_if(lower, [](auto const& entry) { return entry.second == Coefficients{}; });
  std::vector<std::pair<std::int32_t, std::int32_t>> places;
  places.reserve(lower.size());
  for (auto const& [place, c] : lower) places.emplace_back(place.second, place.first);
  auto const meshed = sparse::structure_of(n, places);
  order = ordering == sparse::OrderingKind::rcm ? sparse::reverse_cuthill_mckee(meshed) : sparse::natural_ordering(n);
  structure = sparse::reordered(meshed, order);
  auto const add = [&](int row, int column, Coefficients const& c) {
    axes.push_back(3 * (row % 3) + column % 3);
    coefficient.insert(coefficient.end(), c.begin(), c.end());
  };
  for (int j = 0; j < n; ++j) {
    for (auto e = structure.col_ptrs[at(j)]; e < structure.col_ptrs[at(j) + 1]; ++e) {
      int const row = std::max(order[at(structure.row_idxs[at(e)])], order[at(j)]);
      int const column = std::min(order[at(structure.row_idxs[at(e)])], order[at(j)]);
      add(row, column, lower.at({column, row}));
    }
  }
  for (int const unknown : order) {
    int const node = unknown / 3;
    auto c = diagonal[at(unknown)];
    if (clamped(node)) c[5] = elements[at(node)];
    add(unknown, unknown, c);
    load.push_back(clamped(node) || unknown % 3 != 2 ? 0.0 : elements[at(node)] / 24.0);
  }
}

BeamStencilData::BeamStencilData(exec::Backend& backend, BeamStencil const& stencil)
    : cells_(stencil.mesh.cells),
      pattern_(backend, stencil.structure),
      coefficient_(exec::uploaded(backend, stencil.coefficient)),
      load_(exec::uploaded(backend, stencil.load)),
      axes_(exec::uploaded(backend, stencil.axes)) {}

kernels::BeamStencilView BeamStencilData::view() const {
  return {pattern_.view(), {cells_[0], cells_[1], cells_[2]}, coefficient_.data(), axes_.data(), load_.data()};
}

}  // namespace metasolve::problems
