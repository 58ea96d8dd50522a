// SPDX-License-Identifier: Apache-2.0
#include "scenario.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace flow {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double velocity = 1e-5;  // of the strongest swirl; the side of the square is 1
constexpr double diffusivity = 5e-9;

/// A few modes of a stream function, of unequal strength and phase: swirls that transport products of hot regions into
/// cold ones.
double stream(double x, double y) {
  double const scale = velocity / (2 * pi);
  return scale *
         (std::sin(2 * pi * x) * std::sin(2 * pi * y) + 0.6 * std::cos(2 * pi * (x + y) + 0.7) / 2 +
          0.8 * std::sin(4 * pi * x + 1.1) * std::cos(2 * pi * y) / 2 + 0.5 * std::sin(6 * pi * y + 2 * pi * x) / 3);
}

/// 0 to 1: cold and hot regions maintained from outside the flow, as by a heated wall.
double temperature(double x, double y) {
  double const a = 2 * pi * (x + 0.07 * std::sin(2 * pi * (2 * y + x)) + 0.03 * std::sin(6 * pi * (y - x)));
  double const b = 2 * pi * (y + 0.08 * std::sin(2 * pi * (2 * x - y) + 1.3) + 0.03 * std::cos(8 * pi * x));
  return 0.5 + 0.3 * std::cos(2 * a - 0.9) * std::sin(b + 0.6) + 0.2 * std::sin(2 * (a + b));
}

/// Of all processes.
double largest_of_all(double mine, metasolve::Ranks* ranks) {
  if (ranks == nullptr) return mine;
  std::vector<double> all(static_cast<std::size_t>(ranks->size()));
  ranks->all_gather(&mine, sizeof(mine), all.data());
  return *std::max_element(all.begin(), all.end());
}

}  // namespace

Scenario make_scenario(Grid const& grid, Slab const& slab, metasolve::Ranks* ranks) {
  auto const plane = static_cast<std::size_t>(slab.plane());
  Scenario s{.y = std::vector<double>(species * plane),
             .c = std::vector<double>(species * plane),
             .u = std::vector<double>(plane),
             .v = std::vector<double>(plane),
             .diffusion = diffusivity};
  double const dx = grid.spacing;
  std::size_t at = 0;
  for (int row = 0; row < slab.rows + 2 * slab.halo; ++row) {
    int const j = slab.row_of_grid(row);
    for (int i = 0; i < grid.n; ++i, ++at) {
      double const west = i * dx, south = j * dx, x = west + dx / 2, y = south + dx / 2;
      double const corner = stream(west + dx, south + dx);
      s.u[at] = (corner - stream(west + dx, south)) / dx;
      s.v[at] = (stream(west, south + dx) - corner) / dx;
      s.fastest = std::max(s.fastest, std::abs(s.u[at]) + std::abs(s.v[at]));

      s.y[at] = 1;

      // Arrhenius' law by its logarithm: the middle is Robertson's 0.04, 3e7, 1e4, the ends are those of training.
      double const warmer = temperature(x, y) - 0.5;
      s.c[at] = 0.04 * std::pow(10.0, 2.5 * warmer);
      s.c[plane + at] = 3e7 * std::pow(10.0, 2.0 * warmer);
      s.c[2 * plane + at] = 1e4 * std::pow(10.0, 3.0 * warmer);
    }
  }
  s.fastest = largest_of_all(s.fastest, ranks);
  return s;
}

double step_size(int step, int steps, double first, double last) {
  return steps == 1 ? last : first * std::pow(last / first, static_cast<double>(step) / (steps - 1));
}

}  // namespace flow
