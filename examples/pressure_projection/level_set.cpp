// SPDX-License-Identifier: Apache-2.0
#include "level_set.hpp"

#include <cmath>

namespace projection {

namespace {

constexpr double half_width = 0.75;  // of the layer, in cells, in which the density changes

struct Neighbours {
  double left, right, below, above;
};

Neighbours neighbours(Field const& f, int row, int column) {
  return {f.clamped(row, column - 1), f.clamped(row, column + 1), f.clamped(row - 1, column),
          f.clamped(row + 1, column)};
}

/// The length of the gradient by differences from the side of the surface, for a value of this sign.
double upwind_slope(double value, Neighbours const& f, double sign) {
  double const left = sign * (value - f.left), right = sign * (f.right - value);
  double const below = sign * (value - f.below), above = sign * (f.above - value);
  double const across = std::max({left, -right, 0.0}), up = std::max({below, -above, 0.0});
  return std::sqrt(across * across + up * up);
}

}  // namespace

double heavy_share(double distance) { return std::clamp(0.5 + distance / (2 * half_width), 0.0, 1.0); }

void restore_distance(Field& distance) {
  constexpr int steps = 6;  // of half a cell: three cells on either side
  constexpr double step = 0.5;
  Field const start = distance;
  Field next = distance;
  for (int k = 0; k < steps; ++k) {
    for (int row = 0; row < start.rows; ++row) {
      for (int column = 0; column < start.columns; ++column) {
        double const old = start(row, column), value = distance(row, column), sign = old > 0 ? 1 : -1;
        auto const f = neighbours(start, row, column);
        if (old * f.left < 0 || old * f.right < 0 || old * f.below < 0 || old * f.above < 0) {
          double const slope =
              std::max({std::hypot(f.right - f.left, f.above - f.below) / 2, std::abs(f.right - old),
                        std::abs(old - f.left), std::abs(f.above - old), std::abs(old - f.below), 1e-6});
          next(row, column) = value - step * (sign * std::abs(value) - old / slope);
        } else {
          next(row, column) = value - step * sign * (upwind_slope(value, neighbours(distance, row, column), sign) - 1);
        }
      }
    }
    std::swap(distance.values, next.values);
  }
}

void extend_into_solids(Field& distance, std::vector<unsigned char> const& fluid) {
  auto known = fluid;
  for (bool again = true; again;) {  // a layer of cells at a time
    again = false;
    auto const before = known;
    for (int row = 0; row < distance.rows; ++row) {
      for (int column = 0; column < distance.columns; ++column) {
        auto const i = distance.index(row, column);
        if (before[i] != 0) continue;
        double sum = 0;
        int count = 0;
        for (auto const& [up, right] : {std::pair{0, 1}, {0, -1}, {1, 0}, {-1, 0}}) {
          int const r = row + up, c = column + right;
          if (r < 0 || r >= distance.rows || c < 0 || c >= distance.columns) continue;
          if (before[distance.index(r, c)] == 0) continue;
          sum += distance(r, c);
          ++count;
        }
        if (count == 0) continue;
        distance.values[i] = sum / count;
        known[i] = 1;
        again = true;
      }
    }
  }
}

double heavy_volume(Field const& distance, std::vector<unsigned char> const& fluid) {
  double volume = 0;
  for (std::size_t i = 0; i < fluid.size(); ++i) volume += fluid[i] != 0 ? heavy_share(distance.values[i]) : 0;
  return volume;
}

void restore_volume(Field& distance, std::vector<unsigned char> const& fluid, double volume, bool volume_is_heavy) {
  double cells = 0, change = 0;  // change: of the heavy volume with the surface's place
  for (std::size_t i = 0; i < fluid.size(); ++i) {
    if (fluid[i] == 0) continue;
    ++cells;
    if (std::abs(distance.values[i]) < half_width) change += 1 / (2 * half_width);
  }
  if (change < 1) return;
  double const missing = (volume_is_heavy ? volume : cells - volume) - heavy_volume(distance, fluid);
  double const shift = std::clamp(missing / change, -0.2, 0.2);
  for (double& value : distance.values) value += shift;
}

}  // namespace projection
