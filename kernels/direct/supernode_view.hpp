// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "../simd/number.hpp"

/// Direct methods on one symbolic analysis per pattern: the factor as dense panels (src/sparse/supernodes.hpp).
namespace metasolve::kernels {

/// How A is factored. The unit triangles of ldl and lu have their ones left out. Each number of a factor is A's minus
/// one product after another, in the order of the columns, whatever the panels: so all executors that fuse alike, and
/// one system alone or in a pack, give the same bits.
enum class Factorization {
  cholesky,  ///< L L'; a pivot must be positive. The diagonal holds 1 / L_jj
  ldl,       ///< L D L'; the diagonal holds 1 / D_jj, and D follows the panels
  lu,        ///< L U, U transposed in panels of its own; the diagonal holds 1 / U_jj
};
/// Numbers behind a factor that may be read with it: SIMD vectors go beyond a panel's last row.
inline constexpr int factor_padding = 32;

/// A supernode's columns, and the rows below them.
struct Supernode {
  std::int32_t first_column, width;
  std::int32_t first_row, below;       ///< rows[first_row] ... are the rows below
  std::int32_t first_update, updates;  ///< what it updates: update[first_update] ...
  std::int64_t panel;                  ///< its numbers: [width + below][width], for lu then U' [below][width]
};

/// Some of a supernode's rows are columns of the supernode `target`.
struct SupernodeUpdate {
  std::int32_t target;
  std::int32_t begin, end;  ///< these rows, counted from the supernode's first
  std::int32_t relative;    ///< relative[relative + y - begin]: position of row y >= begin in the target's panel
};

/// Pointers must be accessible to the launch; made by src/sparse/factor_plan.hpp.
struct SupernodeView {
  int unknowns = 0;
  int count = 0;
  int entries = 0;  ///< numbers in a task's factor
  Supernode const* node = nullptr;
  std::int32_t const* rows = nullptr;
  SupernodeUpdate const* update = nullptr;
  std::int32_t const* relative = nullptr;
};

/// The layout of a panel with this width and number of rows. By rows, a row's numbers are adjacent: for tiles of SIMD
/// packs. Else a column's: for vectors along the rows, or threads.
struct PanelShape {
  int width, height;
  bool by_rows;

  METASOLVE_HD int row_stride() const { return by_rows ? width : 1; }
  METASOLVE_HD int column_stride() const { return by_rows ? 1 : height; }
  /// Where number (row, column) is.
  METASOLVE_HD int operator()(int row, int column) const { return row * row_stride() + column * column_stride(); }
};

/// c - a b, rounded once where the processor can: the same bits from all functions here.
template <class Number>
METASOLVE_HD Number minus_product(Number const& c, Number const& a, Number const& b) {
#if defined(__CUDA_ARCH__) || defined(__FMA__)
  return fused_negated_multiply_add(a, b, c);
#else
  return c - rounded_product(a, b);
#endif
}

template <Factorization kind>
inline constexpr bool has_upper = kind == Factorization::lu;

}  // namespace metasolve::kernels
