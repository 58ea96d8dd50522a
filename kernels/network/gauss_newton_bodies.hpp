// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "network_bodies.hpp"

/// Elementwise stages of the Gauss-Newton matrix of several networks (src/network/training/gauss_newton.hpp). Unlike
/// the arrays of network_bodies.hpp, blocks are [members][rows][tasks]: each member's rows form one matrix over its
/// tasks.
namespace metasolve::kernels {

/// [rows][members][tasks] -> [members][rows][tasks]. Launched over rows * members.
struct ByMember {
  using scalar = double;
  static constexpr auto name = "by_member";
  MemberRows rows;
  std::int64_t count;  ///< rows
  double const* from;
  double* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const at = (rows.member(row) * count + rows.unit(row)) * rows.tasks + column;
    store(to + at, load<Number>(from + rows.at(row) + column));
  }
};

/// [members][out][above][tasks] -> [members][above][out][tasks].
struct Mirror {
  using scalar = double;
  static constexpr auto name = "mirror";
  MemberRows rows;
  std::int64_t out, above;
  double const* from;
  double* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const entry = row % (out * above), member = row / (out * above);
    std::int64_t const a = entry / above, d = entry % above;
    store(to + ((member * above + d) * out + a) * rows.tasks + column, load<Number>(from + row * rows.tasks + column));
  }
};

/// block [members][out][width][tasks]: row (a, b) *= slope(a), slope [out][members][tasks].
struct ScaleRows {
  using scalar = double;
  static constexpr auto name = "scale_rows";
  MemberRows rows;
  std::int64_t out, width;
  double const* slope;
  double* block;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const member = row / (out * width), a = row % (out * width) / width;
    std::int64_t const at = row * rows.tasks + column;
    Number const s = load<Number>(slope + (a * rows.members + member) * rows.tasks + column);
    store(block + at, s * load<Number>(block + at));
  }
};

/// to [members][first * second][tasks] = x(i) y(j), x [first][members][tasks], y [second][members][tasks].
struct Products {
  using scalar = double;
  static constexpr auto name = "products";
  MemberRows rows;
  std::int64_t first, second;
  double const* x;
  double const* y;
  double* to;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const member = row / (first * second), entry = row % (first * second);
    std::int64_t const i = entry / second, j = entry % second;
    Number const a = load<Number>(x + (i * rows.members + member) * rows.tasks + column);
    Number const b = load<Number>(y + (j * rows.members + member) * rows.tasks + column);
    store(to + row * rows.tasks + column, a * b);
  }
};

/// Index of a layer's weight (unit, input); input = in: the bias.
struct WeightIndex {
  std::int64_t in, weight, bias;
  METASOLVE_HD std::int64_t operator()(std::int64_t unit, std::int64_t input) const {
    return input < in ? weight + unit * in + input : bias + unit;
  }
};

/// entries [members][(a, b)][(i, j)] to the lower triangle of matrix [members][n][n]: the layer of (b, j) is not below
/// that of (a, i), so (b, j) is the row. Launched over members * rows of the block, one column per product.
struct PlaceEntries {
  using scalar = double;
  static constexpr auto name = "place_entries";
  std::int64_t width;     ///< units b
  std::int64_t rows;      ///< (a, b)
  std::int64_t products;  ///< (i, j)
  std::int64_t n;
  WeightIndex first, second;
  double const* entries;
  double* matrix;

  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    std::int64_t const member = row / rows, a = row % rows / width, b = row % width;
    std::int64_t const wide = second.in + 1;
    for (int l = 0; l < lanes_of<Number>; ++l) {
      std::int64_t const i = (column + l) / wide, j = (column + l) % wide;
      matrix[(member * n + second(b, j)) * n + first(a, i)] = entries[row * products + column + l];
    }
  }
};

}  // namespace metasolve::kernels
