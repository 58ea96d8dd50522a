// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pair_share.hpp"
#include "shift.hpp"
#include "triangular_pair.hpp"

namespace metasolve::kernels {

/// Incomplete LU by level of fill of A + alpha diag(A), on the pattern of A + A', without pivoting (Saad, Iterative
/// Methods, section 10.3.3; Manteuffel's shift), column by column. Parameter: the shift, relative whatever its sign
/// (shift.hpp), raised in the lanes `fresh` until all pivots are finite and not zero. As a TriangularPair: F = L D,
/// B = D^-1 (D U), c = 1.
struct IncompleteLu : TriangularPair {
  int upper_of_matrix = 0;                      ///< index of the first value of A's upper triangle
  std::int32_t const* place = nullptr;          ///< [entries of A's lower triangle] index in that of the factor
  std::int64_t const* update_begin = nullptr;   ///< [unknowns]
  std::int32_t const* update_target = nullptr;  ///< per column: for each pair a <= b of its entries the place of (b, a)
                                                ///< in [lower, diagonal]; scale_at(): outside the pattern

  METASOLVE_HD static constexpr int parameter_size() { return 1; }

  /// Returns the mask of usable factors. Called after a sync; syncs.
  template <class T, class Values, class Theta, class Factor, class Mask>
  METASOLVE_HD auto build(T const& team, LowerPatternView const& of_a, Values a, Theta theta, Factor f,
                          Mask fresh) const {
    using Number = typename Factor::value_type;
    Number const zero(real_of<Number>(0));
    Number const given = theta[0];
    Number alpha = zero - abs(given);
    auto const in_range = alpha <= zero;  // not NaN, the encoding of values out of range
    auto usable = factor(team, of_a, a, alpha, f);
    for (int k = 0; k < most_raises; ++k) {
      auto const wanting = fresh && (in_range && !usable);
      if (bits(wanting) == 0) break;
      auto const again = wanting && has_diagonal<Number>(of_a, a);
      if (bits(again) == 0) break;
      alpha = select(again, raised(alpha), alpha);
      usable = factor(team, of_a, a, alpha, f);
    }
    if (team.rank() == 0) theta[0] = alpha;
    team.sync();
    return usable && in_range;
  }

 private:
  /// The lanes whose diagonal entries are finite and not zero: otherwise no shift helps.
  template <class Number, class Values>
  METASOLVE_HD static auto has_diagonal(LowerPatternView const& p, Values const& a) {
    Number const zero(real_of<Number>(0));
    auto all = zero < Number(infinity<real_of<Number>>());
    for (int i = 0; i < p.unknowns; ++i) all = all && is_positive_and_finite(abs(Number(a[p.entries + i])));
    return all;
  }

  template <class T, class Values, class Number, class Factor>
  METASOLVE_CALLED_ON_DEVICE METASOLVE_HD auto factor(T const& team, LowerPatternView const& of_a, Values a,
                                                      Number const& alpha, Factor f) const {
    Number const zero(real_of<Number>(0)), one(real_of<Number>(1));
    int const diagonal = diagonal_at(), outside = scale_at(), upper = upper_at();
    for_each(team, size(), [&](int i) { f[i] = zero; });
    team.sync();
    for_each(team, of_a.entries, [&](int e) {
      f[place[e]] = Number(a[e]);
      f[upper + place[e]] = Number(a[upper_of_matrix + e]);
    });
    for_each(team, pattern.unknowns, [&](int j) { f[diagonal + j] = shifted(Number(a[of_a.entries + j]), alpha); });
    team.sync();
    auto usable = one > zero;
    for (int k = 0; k < pattern.unknowns; ++k) {
      int const first = pattern.col_ptrs[k], count = pattern.col_ptrs[k + 1] - first;
      PairShare<T> const share(team, count, update_target + update_begin[k]);
      Number const inverse = one / Number(f[diagonal + k]);
      usable = usable && is_positive_and_finite(abs(inverse)) && !(inverse == zero);
      auto const column = f.subview(first), row = f.subview(upper + first);
      for_each(team, count, [&](int m) { row[m] = Number(row[m]) * inverse; });
      team.sync();
      if (team.rank() == 0) f[diagonal + k] = inverse;
      share.for_each([&](int x, int y, int target) {
        if (target == outside) return;
        f[target] -= Number(column[y]) * Number(row[x]);
        if (x != y) f[upper + target] -= Number(column[x]) * Number(row[y]);
      });
      team.sync();
    }
    if (team.rank() == 0) f[outside] = one;
    team.sync();
    return usable;
  }
};

}  // namespace metasolve::kernels
