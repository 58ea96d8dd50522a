// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/grids/diffusion_stencils.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "metasolve/kernels/grids/stencil.hpp"

namespace metasolve::grids {

namespace {

/// Corners of a cell, and the stiffness of the bilinear element there.
constexpr std::array<std::array<int, 2>, 4> corners{{{0, 0}, {1, 0}, {1, 1}, {0, 1}}};
using Stiffness = std::array<std::array<double, 4>, 4>;

Stiffness stiffness_of(double xx, double xy, double yy) {
  Stiffness k{};
  double const near = 0.5 - 0.5 / std::sqrt(3.0);  // Gauss points, each of weight 1/4
  for (double const x : {near, 1 - near}) {
    for (double const y : {near, 1 - near}) {
      std::array<double, 4> const gx{-(1 - y), 1 - y, y, -y}, gy{-(1 - x), -x, x, 1 - x};
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 4; ++j) {
          k[i][j] += 0.25 * (gx[i] * (xx * gx[j] + xy * gy[j]) + gy[i] * (xy * gx[j] + yy * gy[j]));
        }
      }
    }
  }
  return k;
}

/// use(i, j, entry): the corners whose coupling is the entry of a half stencil.
template <class Use>
void for_each_coupling(Use const& use) {
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      int const dx = corners[j][0] - corners[i][0], dy = corners[j][1] - corners[i][1];
      if (dy > 0 || (dy == 0 && dx >= 0)) use(i, j, kernels::stencil_entry<2>(dx, dy, 0));
    }
  }
}

}  // namespace

void rotated_diffusion(double epsilon, double angle, double* stencil) {
  double const c = std::cos(angle), s = std::sin(angle);
  auto const k = stiffness_of(c * c + epsilon * s * s, (1 - epsilon) * s * c, s * s + epsilon * c * c);
  std::fill_n(stencil, kernels::half_entries<2>, 0.0);
  for_each_coupling([&](std::size_t i, std::size_t j, int e) { stencil[e] += k[i][j]; });
}

void cell_diffusion(int n, double const* cells, double* stencils) {
  auto const k = stiffness_of(1, 0, 1);
  std::ptrdiff_t const points = std::ptrdiff_t{n} * n;
  std::fill_n(stencils, kernels::half_entries<2> * points, 0.0);
  for (int y = 0; y <= n; ++y) {
    for (int x = 0; x <= n; ++x) {  // corner (0, 0) of this cell is point (x - 1, y - 1)
      double const of_cell = cells[std::ptrdiff_t{y} * (n + 1) + x];
      for_each_coupling([&](std::size_t i, std::size_t j, int e) {
        auto const inside = [&](std::size_t corner) {
          int const px = x - 1 + corners[corner][0], py = y - 1 + corners[corner][1];
          return px >= 0 && px < n && py >= 0 && py < n;
        };
        if (!inside(i) || !inside(j)) return;
        std::ptrdiff_t const p = std::ptrdiff_t{y - 1 + corners[i][1]} * n + x - 1 + corners[i][0];
        stencils[e * points + p] += of_cell * k[i][j];
      });
    }
  }
}

}  // namespace metasolve::grids
