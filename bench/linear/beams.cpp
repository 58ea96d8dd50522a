// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <set>

#include "random.hpp"
#include "system.hpp"

namespace metasolve::bench::linear {
namespace {

using Point = std::array<int, 3>;
using Matrix3 = std::array<std::array<double, 3>, 3>;

constexpr std::array<std::array<int, 3>, 6> orders{{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}};

/// The corners of the tetrahedron that walks along the axes of a box in that order.
std::array<Point, 4> corners(std::array<int, 3> const& order) {
  std::array<Point, 4> at{};
  for (std::size_t i = 0; i < 3; ++i) {
    at[i + 1] = at[i];
    at[i + 1][static_cast<std::size_t>(order[i])] = 1;
  }
  return at;
}

/// Gradients of the four hat functions. The corners differ by one edge each, so they are differences along the axes.
std::array<std::array<double, 3>, 4> gradients(std::array<int, 3> const& order, std::array<double, 3> const& edge) {
  std::array<std::array<double, 3>, 4> g{};
  for (std::size_t i = 0; i < 3; ++i) {
    auto const axis = static_cast<std::size_t>(order[i]);
    g[i][axis] -= 1 / edge[axis];
    g[i + 1][axis] += 1 / edge[axis];
  }
  return g;
}

/// Nodes, and where the 3 x 3 blocks of elements go.
class Mesh {
 public:
  Mesh(int nx, int ny, int nz) : cells_{nx, ny, nz} {
    std::vector<std::set<std::int32_t>> neighbours(static_cast<std::size_t>(nodes()));
    for_each_element([&](std::size_t, std::array<std::int32_t, 4> const& node) {
      for (auto a : node) neighbours[static_cast<std::size_t>(a)].insert(node.begin(), node.end());
    });
    begin.push_back(0);
    for (auto const& of : neighbours) {
      other.insert(other.end(), of.begin(), of.end());
      begin.push_back(static_cast<std::int32_t>(other.size()));
    }
  }

  [[nodiscard]] std::int32_t nodes() const { return (cells_[0] + 1) * (cells_[1] + 1) * (cells_[2] + 1); }
  /// Nodes at the clamped end come first.
  [[nodiscard]] std::int32_t clamped() const { return (cells_[1] + 1) * (cells_[2] + 1); }
  [[nodiscard]] std::int32_t slot(std::int32_t a, std::int32_t b) const {
    auto const first = other.begin() + begin[static_cast<std::size_t>(a)],
               last = other.begin() + begin[static_cast<std::size_t>(a) + 1];
    return static_cast<std::int32_t>(std::lower_bound(first, last, b) - other.begin());
  }
  /// visit(which of the six tetrahedra, its nodes).
  template <class Visit>
  void for_each_element(Visit const& visit) const {
    for (std::size_t t = 0; t < 6; ++t) {
      auto const corner = corners(orders[t]);
      for (int i = 0; i < cells_[0]; ++i) {
        for (int j = 0; j < cells_[1]; ++j) {
          for (int k = 0; k < cells_[2]; ++k) {
            std::array<std::int32_t, 4> node{};
            for (std::size_t c = 0; c < 4; ++c) node[c] = index(i + corner[c][0], j + corner[c][1], k + corner[c][2]);
            visit(t, node);
          }
        }
      }
    }
  }

  std::vector<std::int32_t> begin, other;  ///< neighbours of each node, itself included, ascending

 private:
  [[nodiscard]] std::int32_t index(int i, int j, int k) const {
    return (i * (cells_[1] + 1) + j) * (cells_[2] + 1) + k;
  }
  std::array<int, 3> cells_;
};

struct Beam {
  double width, lambda, mu, density;
};

/// 3 x 3 blocks of the stiffness matrix in the mesh's slots, and loads of the nodes.
void assemble(Mesh const& mesh, std::array<int, 3> const& cells, Beam const& beam, std::vector<Matrix3>& blocks,
              std::vector<double>& load) {
  std::array<double, 3> const edge{1.0 / cells[0], beam.width / cells[1], beam.width / cells[2]};
  double const volume = edge[0] * edge[1] * edge[2] / 6;
  // All boxes are alike: an element matrix for each of the six tetrahedra.
  std::array<std::array<std::array<Matrix3, 4>, 4>, 6> element{};
  for (std::size_t t = 0; t < 6; ++t) {
    auto const g = gradients(orders[t], edge);
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t b = 0; b < 4; ++b) {
        double const dot = g[a][0] * g[b][0] + g[a][1] * g[b][1] + g[a][2] * g[b][2];
        for (std::size_t i = 0; i < 3; ++i) {
          for (std::size_t j = 0; j < 3; ++j) {
            element[t][a][b][i][j] =
                volume * (beam.lambda * g[a][i] * g[b][j] + beam.mu * g[a][j] * g[b][i] + (i == j ? beam.mu * dot : 0));
          }
        }
      }
    }
  }
  std::fill(blocks.begin(), blocks.end(), Matrix3{});
  std::fill(load.begin(), load.end(), 0.0);
  mesh.for_each_element([&](std::size_t t, std::array<std::int32_t, 4> const& node) {
    for (std::size_t a = 0; a < 4; ++a) {
      // Gravity as in the paper's source, 0.4 W^2.
      load[static_cast<std::size_t>(node[a])] -= beam.density * 0.4 * beam.width * beam.width * volume / 4;
      for (std::size_t b = 0; b < 4; ++b) {
        auto& block = blocks[static_cast<std::size_t>(mesh.slot(node[a], node[b]))];
        for (std::size_t i = 0; i < 3; ++i) {
          for (std::size_t j = 0; j < 3; ++j) block[i][j] += element[t][a][b][i][j];
        }
      }
    }
  });
}

}  // namespace

System beams(int nx, int ny, int nz, bool keeps_clamped, std::int64_t tasks, std::uint64_t seed) {
  Mesh const mesh(nx, ny, nz);
  std::int32_t const clamped = mesh.clamped(), first = keeps_clamped ? 0 : clamped;
  System s;
  s.kind = Kind::positive_definite;
  s.tasks = tasks;
  struct Source {
    std::int32_t slot;
    std::size_t i, j;  ///< in the block; slot < 0: the clamped row's 1
  };
  std::vector<Source> sources;
  s.rows.row_ptrs.push_back(0);
  for (std::int32_t a = first; a < mesh.nodes(); ++a) {
    for (std::size_t i = 0; i < 3; ++i) {
      if (a < clamped) {
        s.rows.col_idxs.push_back(3 * (a - first) + static_cast<std::int32_t>(i));
        sources.push_back({-1, 0, 0});
      } else {
        for (auto slot = mesh.begin[static_cast<std::size_t>(a)]; slot < mesh.begin[static_cast<std::size_t>(a) + 1];
             ++slot) {
          auto const b = mesh.other[static_cast<std::size_t>(slot)];
          if (b < clamped) continue;
          for (std::size_t j = 0; j < 3; ++j) {
            s.rows.col_idxs.push_back(3 * (b - first) + static_cast<std::int32_t>(j));
            sources.push_back({slot, i, j});
          }
        }
      }
      s.rows.row_ptrs.push_back(static_cast<std::int32_t>(s.rows.col_idxs.size()));
    }
  }
  Random random(seed);
  std::vector<Matrix3> blocks(mesh.other.size());
  std::vector<double> load(static_cast<std::size_t>(mesh.nodes()));
  for (std::int64_t t = 0; t < tasks; ++t) {
    Beam beam{};
    beam.width = random.log_uniform(0.003, 0.3);
    beam.lambda = random.log_uniform(0.1, 10);
    beam.mu = random.log_uniform(0.1, 10);
    beam.density = random.log_uniform(0.1, 10);
    assemble(mesh, {nx, ny, nz}, beam, blocks, load);
    for (auto const& from : sources) {
      s.values.push_back(from.slot < 0 ? 1.0 : blocks[static_cast<std::size_t>(from.slot)][from.i][from.j]);
    }
    for (std::int32_t a = first; a < mesh.nodes(); ++a) {
      s.rhs.insert(s.rhs.end(), {0.0, 0.0, a < clamped ? 0.0 : load[static_cast<std::size_t>(a)]});
    }
  }
  take_lower(s);
  return s;
}

}  // namespace metasolve::bench::linear
