// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "../operators/shift.hpp"
#include "panel_product.hpp"
#if !defined(__CUDACC__)
#include "panel_vectors.hpp"
#endif

namespace metasolve::kernels {

/// How a body computes: the same bits in each.
enum class Within {
  lanes,   ///< SIMD packs, a system a lane: on CPUs
  single,  ///< one system: a CPU's member with SIMD vectors along the rows, or a device's team
};

/// Pointers to the numbers of one supernode. upper: U' [below][width], lu alone.
template <Factorization kind, class Number, bool by_rows = (lanes_of<Number> > 1)>
struct Panel {
  int width, below, height;
  PanelShape shape, upper_shape;
  Number* lower;
  Number* upper;

  METASOLVE_HD Panel(Supernode const& s, Number* factor)
      : width(s.width),
        below(s.below),
        height(s.width + s.below),
        shape{s.width, height, by_rows},
        upper_shape{s.width, s.below, by_rows},
        lower(factor + s.panel),
        upper(lower + static_cast<std::ptrdiff_t>(height) * width) {}
  METASOLVE_HD Number& at(int row, int column) const { return lower[shape(row, column)]; }
  METASOLVE_HD Number& upper_at(int row, int column) const { return upper[upper_shape(row, column)]; }
};

/// A factor's numbers: the panels, for ldl then the pivots [unknowns].
template <Factorization kind, Within within, class T, class Number>
class Factorizer {
 public:
  METASOLVE_HD Factorizer(T const& team, SupernodeView const& plan, Number* factor)
      : team_(team), plan_(plan), factor_(factor), pivots_(factor + plan.entries - plan.unknowns) {}

  /// From A in the places of the factor, whose other numbers are 0. Returns the mask of usable factors. Called after a
  /// sync; syncs.
  METASOLVE_HD auto run() {
    auto usable = Number(real_of<Number>(1)) > Number(real_of<Number>(0));
    for (int s = 0; s < plan_.count; ++s) {
      auto const& node = plan_.node[s];
      Panel<kind, Number> const panel(node, factor_);
      Number* const pivots = kind == Factorization::ldl ? pivots_ + node.first_column : nullptr;
      for (int k = 0; k < panel.width; ++k) usable = usable && eliminate(panel, pivots, k);
      for (int u = 0; u < node.updates; ++u) update(node, panel, pivots, plan_.update[node.first_update + u]);
      team_.sync();
    }
    return usable;
  }

 private:
#if defined(__CUDACC__)
  static constexpr bool by_vectors = false;
#else
  static constexpr bool by_vectors = within == Within::single && T::is_solo;
#endif

  /// Column k of the panel and, in lu, row k of U.
  METASOLVE_HD auto eliminate(Panel<kind, Number> const& p, Number* pivots, int k) {
    auto const left_of = [&](int j) {  // what column j is multiplied by
      Number x = kind == Factorization::lu ? p.at(j, k) : p.at(k, j);
      if constexpr (kind == Factorization::ldl) x *= pivots[j];
      return x;
    };
    Number pivot = p.at(k, k);
    for (int j = 0; j < k; ++j) pivot = minus_product(pivot, Number(p.at(k, j)), left_of(j));
    auto const usable = kind == Factorization::cholesky ? is_positive_and_finite(pivot) : is_pivot(pivot);
    Number const one(real_of<Number>(1));
    Number const inverse = one / (kind == Factorization::cholesky ? sqrt(pivot) : pivot);
    if constexpr (by_vectors) {
#if !defined(__CUDACC__)
      eliminate_rows(p.lower, p.height, k, k + 1, p.height, inverse, left_of);
      if constexpr (has_upper<kind>) {
        eliminate_rows(p.upper, p.below, k, 0, p.below, one, [&](int j) { return p.at(k, j); });
      }
#endif
    } else if constexpr (within == Within::lanes) {
      rows_by_fours(k, k + 1, p.height, p.lower, p.width, inverse, left_of);
      if constexpr (has_upper<kind>) {
        rows_by_fours(k, 0, p.below, p.upper, p.width, one, [&](int j) { return p.at(k, j); });
      }
    } else {
      for_each(team_, p.height - k - 1, [&](int m) {
        int const y = k + 1 + m;
        Number sum = p.at(y, k);
        for (int j = 0; j < k; ++j) sum = minus_product(sum, Number(p.at(y, j)), left_of(j));
        p.at(y, k) = sum * inverse;
      });
      if constexpr (has_upper<kind>) {
        for_each(team_, p.below, [&](int y) {
          Number sum = p.upper_at(y, k);
          for (int j = 0; j < k; ++j) sum = minus_product(sum, Number(p.upper_at(y, j)), Number(p.at(k, j)));
          p.upper_at(y, k) = sum;
        });
      }
    }
    if constexpr (has_upper<kind>) {  // row k of U within the panel
      for_each(team_, p.width - k - 1, [&](int m) {
        int const c = k + 1 + m;
        Number sum = p.at(k, c);
        for (int j = 0; j < k; ++j) sum = minus_product(sum, Number(p.at(j, c)), Number(p.at(k, j)));
        p.at(k, c) = sum;
      });
    }
    team_.sync();  // all have read the pivot
    if (team_.rank() == 0) {
      p.at(k, k) = inverse;
      if constexpr (kind == Factorization::ldl) pivots[k] = pivot;
    }
    team_.sync();
    return usable;
  }

  METASOLVE_HD void update(Supernode const& node, Panel<kind, Number> const& p, Number const* pivots,
                           SupernodeUpdate const& u) {
    Panel<kind, Number> const target(plan_.node[u.target], factor_);
    PanelProduct<Number> product;
    Number* const lower = p.lower + p.shape(p.width, 0);
    product.left = product.right = lower;
    product.row_stride = product.right_row_stride = p.shape.row_stride();
    product.column_stride = product.right_column_stride = p.shape.column_stride();
    product.pivots = pivots;
    product.width = p.width;
    product.columns = plan_.rows + node.first_row;
    product.first_column = plan_.node[u.target].first_column;
    product.relative = plan_.relative + u.relative;
    product.begin = u.begin;
    product.end = u.end;
    product.first = u.begin;
    product.last = p.below;
    product.strictly = false;
    product.target = target.lower;
    product.target_row_stride = target.shape.row_stride();
    product.target_column_stride = target.shape.column_stride();
    if constexpr (has_upper<kind>) {
      product.right = p.upper;
      product.right_column_stride = p.upper_shape.column_stride();
    }
    subtract(product);
    if constexpr (has_upper<kind>) {
      auto upper = product;
      upper.left = p.upper;
      upper.column_stride = product.right_column_stride;
      upper.right = lower;
      upper.right_column_stride = product.column_stride;
      upper.strictly = true;
      // Within the target's own columns: U itself, and so transposed.
      upper.last = u.end;
      upper.target_row_stride = product.target_column_stride;
      upper.target_column_stride = product.target_row_stride;
      subtract(upper);
      upper.first = u.end;
      upper.last = p.below;
      upper.target_row_stride = product.target_row_stride;
      upper.target_column_stride = target.upper_shape.column_stride();
      upper.target = target.upper - static_cast<std::ptrdiff_t>(target.width) * upper.target_row_stride;
      subtract(upper);
    }
  }

  METASOLVE_HD void subtract(PanelProduct<Number> const& product) {
#if !defined(__CUDACC__)
    if constexpr (by_vectors) return subtract_by_vectors(product);
#endif
    if constexpr (within == Within::lanes) {
      subtract_by_tiles(product);
    } else if constexpr (!by_vectors) {
      subtract_by_team(team_, product);
    }
  }

  template <class Left>
  static void rows_by_fours(int k, int first, int last, Number* panel, int width, Number const& scale, Left&& left_of) {
    int y = first;
    for (; y + 4 <= last; y += 4) {
      Number* const row = panel + y * width;
      Number sum0 = row[k], sum1 = row[width + k], sum2 = row[2 * width + k], sum3 = row[3 * width + k];
      for (int j = 0; j < k; ++j) {
        Number const x = left_of(j);
        sum0 = minus_product(sum0, row[j], x);
        sum1 = minus_product(sum1, row[width + j], x);
        sum2 = minus_product(sum2, row[2 * width + j], x);
        sum3 = minus_product(sum3, row[3 * width + j], x);
      }
      row[k] = sum0 * scale;
      row[width + k] = sum1 * scale;
      row[2 * width + k] = sum2 * scale;
      row[3 * width + k] = sum3 * scale;
    }
    for (; y < last; ++y) {
      Number* const row = panel + y * width;
      Number sum = row[k];
      for (int j = 0; j < k; ++j) sum = minus_product(sum, row[j], left_of(j));
      row[k] = sum * scale;
    }
  }

  METASOLVE_HD static auto is_pivot(Number const& x) { return is_positive_and_finite(abs(x)); }

  T const& team_;
  SupernodeView const& plan_;
  Number* factor_;
  Number* pivots_;
};

}  // namespace metasolve::kernels
