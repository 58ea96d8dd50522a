// SPDX-License-Identifier: Apache-2.0
#include "scene.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

namespace projection {

namespace {

// Obstacles keep this far from walls and from each other: a gap that closed would cut the fluid in two, and each part
// would need a compatible right-hand side of its own.
constexpr double gap = 0.07;

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  // Not the standard library's distributions: they differ from one implementation to the next.
  double uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(engine_() >> 11) * 0x1p-53;
  }
  int whole(int low, int high) { return low + static_cast<int>(uniform(0, high - low + 1)); }
  bool chance(double probability) { return uniform(0, 1) < probability; }

 private:
  std::mt19937_64 engine_;
};

Obstacle draw_obstacle(Dice& dice, double left, double right) {
  Obstacle o;
  o.is_disc = dice.chance(0.5);
  double const largest = std::min(0.12, (right - left) / 4 - gap / 2);
  o.half[0] = dice.uniform(0.05, largest);
  o.half[1] = o.is_disc ? o.half[0] : dice.uniform(0.04, 0.12);
  double const low[2] = {left + gap / 2, gap}, high[2] = {right - gap / 2, 1 - gap};
  for (std::size_t axis = 0; axis < 2; ++axis) {
    double const reach = (high[axis] - low[axis]) / 2 - o.half[axis];
    o.amplitude[axis] = reach * dice.uniform(0.2, 1);
    double const slack = reach - o.amplitude[axis];
    o.centre[axis] = (low[axis] + high[axis]) / 2 + dice.uniform(-slack, slack);
    o.phase[axis] = dice.uniform(0, 2 * std::numbers::pi);
  }
  double const speed = dice.uniform(0.2, 0.8);
  o.frequency = (dice.chance(0.5) ? 1 : -1) * speed / std::hypot(o.amplitude[0], o.amplitude[1]);
  return o;
}

}  // namespace

Point Obstacle::place(double time) const {
  return {centre[0] + amplitude[0] * std::sin(frequency * time + phase[0]),
          centre[1] + amplitude[1] * std::sin(frequency * time + phase[1])};
}

Point Obstacle::velocity(double time) const {
  return {frequency * amplitude[0] * std::cos(frequency * time + phase[0]),
          frequency * amplitude[1] * std::cos(frequency * time + phase[1])};
}

bool Obstacle::covers(Point point, double time) const {
  Point const at = place(time);
  double const x = (point[0] - at[0]) / half[0], y = (point[1] - at[1]) / half[1];
  return is_disc ? x * x + y * y < 1 : std::abs(x) < 1 && std::abs(y) < 1;
}

Scene::Scene(std::uint64_t seed) {
  Dice dice(seed);
  density = std::pow(10, dice.uniform(0, 3));
  gravity = std::pow(4, dice.uniform(-0.5, 0.5));
  double const kind = dice.uniform(0, 1);  // drops alone, a pool, bubbles alone
  level = kind < 0.25 ? 0 : kind < 0.8 ? dice.uniform(0.2, 0.6) : 1;
  auto const draw = [&](std::vector<Disc>& discs, int count, double low, double high) {
    for (int i = 0; i < count; ++i) {
      double const radius = std::min(dice.uniform(0.04, 0.15), (high - low) / 3);
      discs.push_back({{dice.uniform(radius, 1 - radius), dice.uniform(low + radius, high - radius)}, radius});
    }
  };
  if (level < 1) draw(drops, dice.whole(1, 4), level + 0.03, 0.97);
  if (level > 0) draw(bubbles, dice.whole(level < 1 ? 0 : 1, level < 1 ? 2 : 4), 0.03, std::min(level, 0.97) - 0.03);
  int const count = dice.whole(0, 2);
  if (count == 1) obstacles.push_back(draw_obstacle(dice, gap / 2, 1 - gap / 2));
  if (count == 2) {
    double const between = dice.uniform(0.4, 0.6);
    obstacles.push_back(draw_obstacle(dice, gap / 2, between));
    obstacles.push_back(draw_obstacle(dice, between, 1 - gap / 2));
  }
}

double Scene::distance(Point point) const {
  double heavy = level == 0 ? -2 : level == 1 ? 2 : level - point[1];
  auto const from = [&](Disc const& d) {
    return d.radius - std::hypot(point[0] - d.centre[0], point[1] - d.centre[1]);
  };
  for (Disc const& drop : drops) heavy = std::max(heavy, from(drop));
  for (Disc const& bubble : bubbles) heavy = std::min(heavy, -from(bubble));
  return heavy;
}

}  // namespace projection
