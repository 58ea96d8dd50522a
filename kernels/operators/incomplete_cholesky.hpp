// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pair_share.hpp"
#include "shift.hpp"
#include "tiled_triangle.hpp"

namespace metasolve::kernels {

/// Incomplete Cholesky A + alpha I ~ L L' (Saad, Iterative Methods, section 10.3; Manteuffel's shift), column by
/// column. L keeps a static pattern (level of fill), or in each column its `keep` entries of largest magnitude (Jones
/// and Plassmann, ACM TOMS 21(1), 1995); the others are exact zeros in a pattern that holds them all. Parameter: the
/// shift (shift.hpp). Adjoint, for absolute shifts: docs/adjoints/iccg.md; the set of kept entries is held fixed.
///
/// A factor's numbers: [L by columns, 1 / L_jj, a sink for updates outside the pattern, data for tiled solves].
template <class Scalar>
struct IncompleteCholesky {
  using scalar = Scalar;
  LowerPatternView pattern;                     ///< of L
  std::int32_t const* place = nullptr;          ///< [entries of A] index in L
  std::int64_t const* update_begin = nullptr;   ///< [unknowns]
  std::int32_t const* update_target = nullptr;  ///< per column: where each pair a <= b of its entries adds L_b L_a
  std::int32_t const* keep = nullptr;           ///< [unknowns] entries of a column; null: all

  METASOLVE_HD static constexpr int parameter_size() { return 1; }
  METASOLVE_HD int size() const { return tiled_at() + tiled_size(pattern.tiles); }
  METASOLVE_HD int outside() const { return pattern.values(); }
  METASOLVE_HD int tiled_at() const { return pattern.values() + 1; }

  /// Computes l from A's lower values a. Returns the mask of usable factors: all pivots positive and finite. A relative
  /// shift in the lanes `fresh` is raised until the factor is usable, and stored in theta[0]. Syncs.
  template <class T, class Values, class Theta, class Factor, class Scratch, class Mask = AllLanes>
  METASOLVE_HD auto build(T const& team, LowerPatternView const& of_a, Values a, Theta theta, Factor l, Scratch scratch,
                          Mask fresh = {}) const {
    using Number = typename Factor::value_type;
    Number alpha = theta[0];
    auto const usable = raise_until_usable(
        of_a, a, fresh, alpha, [&](Number const& shift) { return factor(team, of_a, a, shift, l, scratch); });
    if (team.rank() == 0) theta[0] = alpha;
    if (goes_by_tiles<T>()) invert_tiles(team, pattern, l, l.subview(tiled_at()));
    return usable;
  }

  /// With one shift. Syncs.
  template <class T, class Values, class Number, class Factor, class Scratch>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD auto factor(T const& team, LowerPatternView const& of_a, Values a,
                                                      Number const& alpha, Factor l, Scratch scratch) const {
    Number const zero(scalar(0)), one(scalar(1));
    int const diagonal = pattern.entries;
    for_each(team, size(), [&](int i) { l[i] = zero; });
    team.sync();
    for_each(team, of_a.entries, [&](int e) { l[place[e]] = Number(a[e]); });
    for_each(team, pattern.unknowns, [&](int j) { l[diagonal + j] = shifted(a[of_a.entries + j], alpha); });
    team.sync();
    auto usable = one > zero;
    for (int k = 0; k < pattern.unknowns; ++k) {
      int const first = pattern.col_ptrs[k], count = pattern.col_ptrs[k + 1] - first;
      auto const targets = update_target + update_begin[k];
      PairShare<T> const share(team, count, targets);
      Number const pivot = l[diagonal + k];
      usable = usable && is_positive_and_finite(pivot);
      Number const inverse = one / sqrt(pivot);
      auto const column = l.subview(first);
      for_each(team, count, [&](int m) { column[m] = Number(column[m]) * inverse; });
      team.sync();
      if (team.rank() == 0) l[diagonal + k] = inverse;
      if (keep != nullptr && count > keep[k]) drop(team, count, keep[k], column, scratch);
      share.for_each([&](int x, int y, int target) {
        if (!T::is_solo && target == outside()) return;
        l[target] -= Number(column[y]) * Number(column[x]);
      });
      team.sync();
    }
    return usable;
  }

  /// v = L^-1 v and v = L^-T v.
  template <class T, class Factor, class State>
  METASOLVE_HD void forward(T const& team, Factor l, State v) const {
    if (goes_by_tiles<T>()) return solve_lower_by_tiles(team, pattern, l, l.subview(tiled_at()), v);
    solve_lower(team, pattern, l, v);
  }
  template <class T, class Factor, class State>
  METASOLVE_HD void backward(T const& team, Factor l, State v) const {
    if (goes_by_tiles<T>()) return solve_lower_transposed_by_tiles(team, pattern, l, l.subview(tiled_at()), v);
    solve_lower_transposed(team, pattern, l, v);
  }

  /// l_bar -= v y' + z w', on the pattern. With z = M^-1 r, y = L^-1 r, v = M^-1 z_bar, w = L^-1 z_bar: the cotangent
  /// of L from z_bar.
  template <class T, class State, class FactorBar>
  METASOLVE_HD void apply_adjoint(T const& team, State v, State y, State z, State w, FactorBar l_bar) const {
    using Number = typename State::value_type;
    auto const column = [&](int j, int from, int step) {
      Number const y_j = y[j], w_j = w[j];
      for (int e = pattern.col_ptrs[j] + from; e < pattern.col_ptrs[j + 1]; e += step) {
        int const i = pattern.row_idxs[e];
        l_bar[e] -= v[i] * y_j + z[i] * w_j;
      }
      if (from == 0) l_bar[pattern.entries + j] -= v[j] * y_j + z[j] * w_j;
    };
    for (int j = 0; j < pattern.unknowns; ++j) column(j, team.rank(), team.size());
  }

  /// theta_bar[0] += the cotangent of alpha. l_bar, of L and of its diagonal, is overwritten. Called after a sync;
  /// syncs.
  template <class T, class Factor, class FactorBar, class ThetaBar, class Scratch>
  METASOLVE_HD void build_adjoint(T const& team, Factor l, FactorBar l_bar, ThetaBar theta_bar, Scratch scratch) const {
    using Number = typename FactorBar::value_type;
    Number const zero(scalar(0));
    int const diagonal = pattern.entries;
    Number alpha_bar = zero;
    for (int k = pattern.unknowns - 1; k >= 0; --k) {
      int const first = pattern.col_ptrs[k], count = pattern.col_ptrs[k + 1] - first;
      Number const inverse = l[diagonal + k];
      auto const column = l.subview(first);
      auto const column_bar = l_bar.subview(first);
      auto const targets = update_target + update_begin[k];
      // Through the updates: each entry gathers over its pairs.
      for_each(team, count, [&](int m) {
        Number sum = zero;
        for (int x = 0; x < m; ++x) sum += Number(l_bar[targets[pair(x, m, count)]]) * Number(column[x]);
        Number const itself = Number(l_bar[targets[pair(m, m, count)]]) * Number(column[m]);
        sum += itself + itself;
        for (int y = m + 1; y < count; ++y) sum += Number(l_bar[targets[pair(m, y, count)]]) * Number(column[y]);
        Number const bar = Number(column_bar[m]) - sum;
        // Dropped entries are exact zeros.
        scratch[m] = keep == nullptr ? bar : select(Number(column[m]) == zero, zero, bar);
      });
      // Through the scaling by the pivot's root.
      Number const of_root = sum_over<Number>(team, count, [&](int m) {
        Number const bar = Number(scratch[m]);
        column_bar[m] = bar * inverse;
        return bar * Number(column[m]);
      });
      Number const root_bar = Number(l_bar[diagonal + k]) - of_root * inverse;
      team.sync();
      Number const pivot_bar = root_bar * inverse * Number(scalar(0.5));
      if (team.rank() == 0) l_bar[diagonal + k] = pivot_bar;
      alpha_bar += pivot_bar;
      team.sync();
    }
    if (team.rank() == 0) theta_bar[0] += alpha_bar;
  }

 private:
  template <class T>
  METASOLVE_HD bool goes_by_tiles() const {
    return !T::is_solo && pattern.tiles.count > 0;
  }
  METASOLVE_HD static int pair(int x, int y, int count) { return pair_of_column(x, y, count); }

  /// Zeroes all but the `kept` entries of largest magnitude; ties keep the upper entry. Called after a sync; syncs.
  template <class T, class Column, class Scratch>
  METASOLVE_HD void drop(T const& team, int count, int kept, Column column, Scratch scratch) const {
    using Number = typename Column::value_type;
    Number const zero(scalar(0)), one(scalar(1));
    for_each(team, count, [&](int m) {
      Number const size = abs(Number(column[m]));
      if constexpr (!T::is_solo && std::is_same_v<Number, scalar>) {
        int above = 0;
        for (int x = 0; x < count; ++x) {
          above += static_cast<int>(is_kept_before(abs(Number(column[x])), x < m, size));
        }
        scratch[m] = above < kept ? Number(column[m]) : zero;
        return;
      }
      Number rank = zero;
      auto const add = [&](int x, bool is_above) {
        rank += select(is_kept_before(abs(Number(column[x])), is_above, size), one, zero);
      };
      for (int x = 0; x < m; ++x) add(x, true);
      for (int x = m + 1; x < count; ++x) add(x, false);
      scratch[m] = select(rank < Number(scalar(kept)), Number(column[m]), zero);
    });
    team.sync();
    for_each(team, count, [&](int m) { column[m] = Number(scratch[m]); });
    team.sync();
  }
};

}  // namespace metasolve::kernels
