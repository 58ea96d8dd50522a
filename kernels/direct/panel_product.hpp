// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../simd/team.hpp"
#include "../simd/view.hpp"
#include "supernode_view.hpp"

/// The work horse of the factorisation: a panel's rows below its columns, times each other's, are subtracted from the
/// panel of later columns. Written three times, with the same bits: for SIMD packs (a tile of rows and columns in
/// registers), for one number on a CPU (vectors along the rows, panel_vectors.hpp) and for teams (an entry a member).
namespace metasolve::kernels {

/// target(row position of y, column of x) -= sum over k of left(y, k) right(x, k) [pivot(k)], k ascending, for x in
/// [begin, end) and y in [from(x), last), from(x) = max(first, x), or x + 1 if `strictly`.
template <class Number>
struct PanelProduct {
  Number const *left, *right;     ///< of row 0 and column 0
  int row_stride, column_stride;  ///< of left
  int right_row_stride, right_column_stride;
  Number const* pivots;  ///< ldl: of column 0; else null
  int width;
  std::int32_t const* columns;  ///< row x is column columns[x] - first_column of the target
  std::int32_t first_column;
  std::int32_t const* relative;  ///< position of row y: relative[y - begin]
  int begin, end, first, last;
  bool strictly;
  Number* target;
  int target_row_stride, target_column_stride;

  METASOLVE_HD int from(int x) const {
    int const own = strictly ? x + 1 : x;
    return own > first ? own : first;
  }
  METASOLVE_HD Number& at(int y, int x) const {
    return target[static_cast<std::ptrdiff_t>(relative[y - begin]) * target_row_stride +
                  static_cast<std::ptrdiff_t>(columns[x] - first_column) * target_column_stride];
  }
  METASOLVE_HD Number factor(int x, int k) const {
    Number const r = right[x * right_row_stride + k * right_column_stride];
    return pivots != nullptr ? r * pivots[k] : r;
  }
  /// One entry.
  METASOLVE_HD void subtract_at(int y, int x) const {
    Number& to = at(y, x);
    Number sum = to;
    for (int k = 0; k < width; ++k) {
      sum = minus_product(sum, left[y * row_stride + k * column_stride], factor(x, k));
    }
    to = sum;
  }
};

/// Rows y ... y + Rows - 1 and columns x ... x + Columns - 1, in registers.
template <int Rows, int Columns, class Number>
METASOLVE_INLINE inline void subtract_tile(PanelProduct<Number> const& p, int y, int x) {
  Number sum[Rows][Columns];
  for (int i = 0; i < Rows; ++i) {
    for (int j = 0; j < Columns; ++j) sum[i][j] = p.at(y + i, x + j);
  }
  Number const* left = p.left + y * p.row_stride;
  Number const* right = p.right + x * p.right_row_stride;
  for (int k = 0; k < p.width; ++k, left += p.column_stride, right += p.right_column_stride) {
    Number of_column[Columns];
    for (int j = 0; j < Columns; ++j) {
      of_column[j] = right[j * p.right_row_stride];
      if (p.pivots != nullptr) of_column[j] *= p.pivots[k];
    }
    for (int i = 0; i < Rows; ++i) {
      Number const of_row = left[i * p.row_stride];
      for (int j = 0; j < Columns; ++j) sum[i][j] = minus_product(sum[i][j], of_row, of_column[j]);
    }
  }
  for (int i = 0; i < Rows; ++i) {
    for (int j = 0; j < Columns; ++j) p.at(y + i, x + j) = sum[i][j];
  }
}
template <int Columns, class Number>
void subtract_columns(PanelProduct<Number> const& p, int x) {
  int y = p.from(x);
  for (; y < p.last && y < x + Columns; ++y) {  // the triangle
    for (int j = 0; j < Columns; ++j) {
      if (p.from(x + j) <= y) p.subtract_at(y, x + j);
    }
  }
  for (; y + 4 <= p.last; y += 4) subtract_tile<4, Columns>(p, y, x);
  for (; y < p.last; ++y) subtract_tile<1, Columns>(p, y, x);
}
template <class Number>
void subtract_by_tiles(PanelProduct<Number> const& p) {
  int x = p.begin;
  for (; x + 4 <= p.end; x += 4) subtract_columns<4>(p, x);
  if (p.end - x == 3) return subtract_columns<3>(p, x);
  if (p.end - x == 2) return subtract_columns<2>(p, x);
  if (p.end - x == 1) subtract_columns<1>(p, x);
}

/// Each member takes entries, adjacent members adjacent rows.
template <class T, class Number>
METASOLVE_HD void subtract_by_team(T const& team, PanelProduct<Number> const& p) {
  int const rows = p.last - p.begin;
  for_each(team, rows * (p.end - p.begin), [&](int m) {
    int const x = p.begin + m / rows, y = p.begin + m % rows;
    if (y >= p.from(x)) p.subtract_at(y, x);
  });
}

}  // namespace metasolve::kernels
