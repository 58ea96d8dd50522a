// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace projection {

using Point = std::array<double, 2>;  ///< x, y; the box is [0, 1]^2

struct Disc {
  Point centre;
  double radius;
};

/// A disc or a rectangle that goes round an ellipse, or to and fro on a line.
struct Obstacle {
  bool is_disc;
  Point half;               ///< half its width and height
  Point centre, amplitude;  ///< of its path
  std::array<double, 2> phase;
  double frequency;  ///< radians per unit of time; negative: the other way round

  [[nodiscard]] Point place(double time) const;
  [[nodiscard]] Point velocity(double time) const;
  [[nodiscard]] bool covers(Point point, double time) const;
};

/// What a seed draws. The light fluid has density 1.
struct Scene {
  explicit Scene(std::uint64_t seed);

  double density;  ///< of the heavy fluid
  double gravity;
  double level;               ///< heavy fluid below, light fluid above
  std::vector<Disc> drops;    ///< of heavy fluid, above the level
  std::vector<Disc> bubbles;  ///< of light fluid, below it
  std::vector<Obstacle> obstacles;

  /// The distance to the nearest surface between the fluids at the start, negative in the light one.
  [[nodiscard]] double distance(Point point) const;
};

}  // namespace projection
