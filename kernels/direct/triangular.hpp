// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "factorize.hpp"

namespace metasolve::kernels {

/// Solves with a factor. Each unknown is its right-hand side minus one product after another, in a fixed order: the
/// same bits from packs, vectors and teams. Entry: of the factor, a Number, or a scalar if all lanes share it.
template <Factorization kind, class T, class Number, class Entry = Number>
class TriangularSolver {
 public:
  METASOLVE_HD TriangularSolver(T const& team, SupernodeView const& plan, Entry* factor)
      : team_(team), plan_(plan), factor_(factor) {}

  /// v = A^-1 v, or A'^-1 v. Called after a sync; syncs.
  METASOLVE_HD void run(Number* v, bool transposed) const {
    bool const upper_first = has_upper<kind> && transposed;
    forward(v, upper_first);
    if constexpr (kind == Factorization::ldl) {
      for (int s = 0; s < plan_.count; ++s) {
        auto const& node = plan_.node[s];
        NodePanel const p(node, factor_);
        for_each(team_, p.width, [&](int k) { v[node.first_column + k] *= Number(p.at(k, k)); });
      }
      team_.sync();
    }
    backward(v, upper_first);
  }

 private:
  using NodePanel = Panel<kind, Entry, (lanes_of<Number> > 1)>;

  /// Whether columns of the triangle are divided by its diagonal.
  METASOLVE_HD static constexpr bool divides(bool of_upper) { return kind == Factorization::cholesky || of_upper; }
  METASOLVE_HD static Entry& own(NodePanel const& p, bool of_upper, int row, int column) {
    return of_upper ? p.at(column, row) : p.at(row, column);
  }
  METASOLVE_HD static Entry& below(NodePanel const& p, bool of_upper, int row, int column) {
    if constexpr (has_upper<kind>) {
      if (of_upper) return p.upper_at(row, column);
    }
    return p.at(p.width + row, column);
  }

  METASOLVE_HD void forward(Number* v, bool of_upper) const {
    for (int s = 0; s < plan_.count; ++s) {
      auto const& node = plan_.node[s];
      NodePanel const p(node, factor_);
      Number* const x = v + node.first_column;
      for (int k = 0; k < p.width; ++k) {
        if (divides(of_upper)) {
          if (team_.rank() == 0) x[k] *= Number(p.at(k, k));
          team_.sync();
        }
        for_each(team_, p.width - k - 1, [&](int m) {
          int const i = k + 1 + m;
          x[i] = minus_product(Number(x[i]), Number(own(p, of_upper, i, k)), Number(x[k]));
        });
        team_.sync();
      }
      std::int32_t const* const rows = plan_.rows + node.first_row;
      for_each(team_, p.below, [&](int y) {
        Number sum = v[rows[y]];
        for (int k = 0; k < p.width; ++k) sum = minus_product(sum, Number(below(p, of_upper, y, k)), Number(x[k]));
        v[rows[y]] = sum;
      });
      team_.sync();
    }
  }

  METASOLVE_HD void backward(Number* v, bool lower_last) const {
    bool const of_upper = has_upper<kind> && !lower_last;
    for (int s = plan_.count - 1; s >= 0; --s) {
      auto const& node = plan_.node[s];
      NodePanel const p(node, factor_);
      Number* const x = v + node.first_column;
      std::int32_t const* const rows = plan_.rows + node.first_row;
      if constexpr (T::is_solo) {
        int k = 0;
        for (; k + 4 <= p.width; k += 4) dots<4>(p, of_upper, rows, v, x, k);
        for (; k < p.width; ++k) dots<1>(p, of_upper, rows, v, x, k);
      } else {
        for_each(team_, p.width, [&](int k) { dots<1>(p, of_upper, rows, v, x, k); });
      }
      team_.sync();
      for (int j = p.width - 1; j >= 0; --j) {
        if (divides(of_upper)) {
          if (team_.rank() == 0) x[j] *= Number(p.at(j, j));
          team_.sync();
        }
        for_each(team_, j,
                 [&](int i) { x[i] = minus_product(Number(x[i]), Number(own(p, of_upper, j, i)), Number(x[j])); });
        team_.sync();
      }
    }
  }
  template <int Columns>
  METASOLVE_HD void dots(NodePanel const& p, bool of_upper, std::int32_t const* rows, Number const* v, Number* x,
                         int k) const {
    Number sum[Columns];
    for (int c = 0; c < Columns; ++c) sum[c] = x[k + c];
    for (int y = 0; y < p.below; ++y) {
      Number const v_y = v[rows[y]];
      for (int c = 0; c < Columns; ++c) sum[c] = minus_product(sum[c], Number(below(p, of_upper, y, k + c)), v_y);
    }
    for (int c = 0; c < Columns; ++c) x[k + c] = sum[c];
  }

  T const& team_;
  SupernodeView const& plan_;
  Entry* factor_;
};

}  // namespace metasolve::kernels
