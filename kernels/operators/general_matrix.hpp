// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "doubled_residual.hpp"
#include "lower_pattern.hpp"

/// General matrices A on the lower pattern of A + A' (LowerPatternView p). Values a: [lower triangle by columns
/// (p.entries), diagonal (p.unknowns), upper triangle (p.entries)]; upper entry e = (i, j), i > j, holds a_ji. A' has
/// the same values with the two triangles exchanged.
namespace metasolve::kernels {

METASOLVE_HD inline int general_values(LowerPatternView const& p) { return 2 * p.entries + p.unknowns; }
/// Index of the first value of the upper triangle.
METASOLVE_HD inline int upper_of_general(LowerPatternView const& p) { return p.entries + p.unknowns; }

/// to = A v. v and to must not overlap. The caller syncs. For a symmetric A the same bits as symmetric_product.
template <class T, class Values, class In, class Out>
METASOLVE_HD void general_product(T const& team, LowerPatternView const& p, Values a, In v, Out to) {
  using Number = typename Out::value_type;
  auto const upper = a.subview(upper_of_general(p));
  if constexpr (T::is_solo) {
    for (int j = 0; j < p.unknowns; ++j) to[j] = a[p.entries + j] * Number(v[j]);
    for (int j = 0; j < p.unknowns; ++j) {
      Number const v_j = v[j];
      Number sum(real_of<Number>(0));
      for (int e = p.col_ptrs[j]; e < p.col_ptrs[j + 1]; ++e) {
        int const i = p.row_idxs[e];
        sum += upper[e] * Number(v[i]);
        to[i] += a[e] * v_j;
      }
      to[j] += sum;
    }
  } else {
    for_each(team, p.unknowns, [&](int i) {
      Number sum = a[p.entries + i] * Number(v[i]);
      for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) sum += a[p.entry[e]] * Number(v[p.col_idxs[e]]);
      for (int e = p.col_ptrs[i]; e < p.col_ptrs[i + 1]; ++e) sum += upper[e] * Number(v[p.row_idxs[e]]);
      to[i] = sum;
    });
  }
}

/// b_i - (A x)_i, summed in twice the precision.
template <class Number, class Values, class In>
METASOLVE_HD Number doubled_general_residual(LowerPatternView const& p, Values const& a, Number const& b, In const& x,
                                             int i) {
  auto const upper = a.subview(upper_of_general(p));
  DoubledSum<Number> sum(b);
  sum.subtract_product(Number(a[p.entries + i]), Number(x[i]));
  for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) {
    sum.subtract_product(Number(a[p.entry[e]]), Number(x[p.col_idxs[e]]));
  }
  for (int e = p.col_ptrs[i]; e < p.col_ptrs[i + 1]; ++e) {
    sum.subtract_product(Number(upper[e]), Number(x[p.row_idxs[e]]));
  }
  return sum.rounded();
}

}  // namespace metasolve::kernels
