// SPDX-License-Identifier: Apache-2.0
#include "field.hpp"

namespace projection {

namespace {

/// Where a particle at x, y is after a step of the flow (direction 1), or was before it (-1): the midpoint rule.
void move(double& x, double& y, Field const& u, Field const& v, double direction) {
  double const middle_x = x + direction * u.at(x, y) / 2, middle_y = y + direction * v.at(x, y) / 2;
  x += direction * u.at(middle_x, middle_y);
  y += direction * v.at(middle_x, middle_y);
}

}  // namespace

Field advect(Field const& field, Field const& u, Field const& v) {
  Field carried = field, least = field, largest = field;
  auto const at_each = [&](auto const& visit) {
    for (int row = 0; row < field.rows; ++row) {
      for (int column = 0; column < field.columns; ++column) {
        visit(field.index(row, column), column + field.x0, row + field.y0);
      }
    }
  };
  at_each([&](std::size_t i, double x, double y) {
    move(x, y, u, v, -1);
    auto const sample = field.sample(x, y);
    carried.values[i] = sample.value;
    least.values[i] = sample.least;
    largest.values[i] = sample.largest;
  });
  Field result = carried;
  at_each([&](std::size_t i, double x, double y) {
    move(x, y, u, v, 1);
    double const corrected = carried.values[i] + (field.values[i] - carried.at(x, y)) / 2;
    result.values[i] = std::clamp(corrected, least.values[i], largest.values[i]);
  });
  return result;
}

}  // namespace projection
