// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/pack.hpp"
#include "panel_product.hpp"

/// One system on a CPU: SIMD vectors along the rows of a panel. Bits as those of panel_product.hpp.
namespace metasolve::kernels {

template <class Scalar>
using RowVector = Pack<Scalar>;
static_assert(lanes_of<RowVector<float>> <= factor_padding);

/// Vectors * lanes rows from y on, of which `valid` exist.
template <int Vectors, int Columns, class Scalar>
METASOLVE_INLINE inline void subtract_vectors(PanelProduct<Scalar> const& p, int y, int x, int valid) {
  using Vector = RowVector<Scalar>;
  constexpr int lanes = lanes_of<Vector>;
  Vector sum[Vectors][Columns];
  std::int32_t const* const place = p.relative + (y - p.begin);
  bool const together =
      p.target_row_stride == 1 && valid == Vectors * lanes && place[valid - 1] - place[0] == valid - 1;
  if (together) {
    for (int j = 0; j < Columns; ++j) {
      Scalar const* const from = &p.at(y, x + j);
      for (int i = 0; i < Vectors; ++i) sum[i][j] = Vector::load(from + i * lanes);
    }
  } else {
    Scalar gathered[Vectors * lanes] = {};
    for (int j = 0; j < Columns; ++j) {
      for (int i = 0; i < valid; ++i) gathered[i] = p.at(y + i, x + j);
      for (int i = 0; i < Vectors; ++i) sum[i][j] = Vector::load(gathered + i * lanes);
    }
  }
  Scalar const* left = p.left + y;
  Scalar const* right = p.right + x;
  for (int k = 0; k < p.width; ++k, left += p.column_stride, right += p.right_column_stride) {
    Vector of_rows[Vectors];
    for (int i = 0; i < Vectors; ++i) of_rows[i] = Vector::load(left + i * lanes);
    for (int j = 0; j < Columns; ++j) {
      Vector const of_column(p.pivots != nullptr ? right[j] * p.pivots[k] : right[j]);
      for (int i = 0; i < Vectors; ++i) sum[i][j] = minus_product(sum[i][j], of_rows[i], of_column);
    }
  }
  if (together) {
    for (int j = 0; j < Columns; ++j) {
      Scalar* const to = &p.at(y, x + j);
      for (int i = 0; i < Vectors; ++i) sum[i][j].store(to + i * lanes);
    }
  } else {
    Scalar gathered[Vectors * lanes];
    for (int j = 0; j < Columns; ++j) {
      for (int i = 0; i < Vectors; ++i) sum[i][j].store(gathered + i * lanes);
      for (int i = 0; i < valid; ++i) p.at(y + i, x + j) = gathered[i];
    }
  }
}
template <int Columns, class Scalar>
void subtract_column_vectors(PanelProduct<Scalar> const& p, int x) {
  constexpr int lanes = lanes_of<RowVector<Scalar>>;
  int y = p.from(x);
  for (; y < p.last && y < x + Columns; ++y) {
    for (int j = 0; j < Columns; ++j) {
      if (p.from(x + j) <= y) p.subtract_at(y, x + j);
    }
  }
  for (; y + 3 * lanes <= p.last; y += 3 * lanes) subtract_vectors<3, Columns>(p, y, x, 3 * lanes);
  for (; y < p.last; y += lanes) {
    subtract_vectors<1, Columns>(p, y, x, p.last - y < lanes ? p.last - y : lanes);
  }
}
/// p: rows adjacent (row strides 1) in left and right.
template <class Scalar>
void subtract_by_vectors(PanelProduct<Scalar> const& p) {
  int x = p.begin;
  for (; x + 4 <= p.end; x += 4) subtract_column_vectors<4>(p, x);
  if (p.end - x == 3) return subtract_column_vectors<3>(p, x);
  if (p.end - x == 2) return subtract_column_vectors<2>(p, x);
  if (p.end - x == 1) subtract_column_vectors<1>(p, x);
}

/// Column k of a panel whose rows are adjacent: rows from `first` on lose their products with the columns before, and
/// are multiplied by `scale`. right(j): what column j is multiplied by.
template <class Scalar, class Right>
void eliminate_rows(Scalar* panel, int height, int k, int first, int last, Scalar scale, Right&& right) {
  using Vector = RowVector<Scalar>;
  constexpr int lanes = lanes_of<Vector>;
  Scalar* const to = panel + static_cast<std::ptrdiff_t>(k) * height;
  int y = first;
  for (; y + lanes <= last; y += lanes) {
    Vector sum = Vector::load(to + y);
    for (int j = 0; j < k; ++j) {
      sum = minus_product(sum, Vector::load(panel + static_cast<std::ptrdiff_t>(j) * height + y), Vector(right(j)));
    }
    (sum * Vector(scale)).store(to + y);
  }
  for (; y < last; ++y) {
    Scalar sum = to[y];
    for (int j = 0; j < k; ++j)
      sum = minus_product(sum, panel[static_cast<std::ptrdiff_t>(j) * height + y], Scalar(right(j)));
    to[y] = sum * scale;
  }
}

}  // namespace metasolve::kernels
