// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace projection {

/// Values at regular places one cell apart: at cells' centres, or at the centres of their vertical or horizontal faces.
/// All places here are in units of a cell's side.
struct Field {
  Field(int rows_, int columns_, double x0_, double y0_)
      : rows(rows_),
        columns(columns_),
        x0(x0_),
        y0(y0_),
        values(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)) {}

  static Field at_centres(int n) { return {n, n, 0.5, 0.5}; }
  static Field at_vertical_faces(int n) { return {n, n + 1, 0, 0.5}; }
  static Field at_horizontal_faces(int n) { return {n + 1, n, 0.5, 0}; }

  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
  }
  double& operator()(int row, int column) { return values[index(row, column)]; }
  double operator()(int row, int column) const { return values[index(row, column)]; }
  /// The nearest value where there is none.
  [[nodiscard]] double clamped(int row, int column) const {
    return (*this)(std::clamp(row, 0, rows - 1), std::clamp(column, 0, columns - 1));
  }

  struct Sample {
    double value, least, largest;  ///< least, largest: of the values that it is interpolated from
  };
  [[nodiscard]] Sample sample(double x, double y) const;
  [[nodiscard]] double at(double x, double y) const { return sample(x, y).value; }

  int rows, columns;
  double x0, y0;  ///< of the first value
  std::vector<double> values;
};

inline Field::Sample Field::sample(double x, double y) const {
  double const across = std::clamp(x - x0, 0.0, columns - 1.0), up = std::clamp(y - y0, 0.0, rows - 1.0);
  int const column = std::min(static_cast<int>(across), columns - 2), row = std::min(static_cast<int>(up), rows - 2);
  double const s = across - column, t = up - row;
  double const* const below = &values[index(row, column)];
  double const* const above = below + columns;
  return {(1 - t) * ((1 - s) * below[0] + s * below[1]) + t * ((1 - s) * above[0] + s * above[1]),
          std::min({below[0], below[1], above[0], above[1]}), std::max({below[0], below[1], above[0], above[1]})};
}

/// MacCormack's method on semi-Lagrangian steps: what a step forward and one back lose is given back, within the values
/// around the departure point, so that nothing can grow. u, v: velocities at faces times dt, in cells.
Field advect(Field const& field, Field const& u, Field const& v);

}  // namespace projection
