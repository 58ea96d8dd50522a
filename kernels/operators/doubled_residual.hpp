// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lower_pattern.hpp"

/// Residuals summed in twice the working precision, to refine a solution to the last bit.
namespace metasolve::kernels {

/// A sum and its rounding error (Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26(6), 2005, algorithm 5.3).
template <class Number>
struct DoubledSum {
  Number high, low{real_of<Number>(0)};

  METASOLVE_HD explicit DoubledSum(Number const& first) : high(first) {}
  METASOLVE_HD void add(Number const& x) {
    Number const sum = high + x;
    Number const of_x = sum - high;
    low += (high - (sum - of_x)) + (x - of_x);
    high = sum;
  }
  /// -= a b.
  METASOLVE_HD void subtract_product(Number const& a, Number const& b) {
    Number const zero(real_of<Number>(0));
    Number const product = a * b;
    low -= fused_multiply_add(a, b, zero - product);
    add(zero - product);
  }
  METASOLVE_HD Number rounded() const { return high + low; }
};

/// Whether iterations from such a residual keep their direction: it is near the recursive one. Arguments: the squares
/// of its change and of the recursive one.
template <class Number>
METASOLVE_HD auto keeps_direction(Number const& change, Number const& before) {
  return change <= Number(real_of<Number>(0.25)) * before;
}
/// A solution that is rounded again must pass whenever a nearby one does: the least share (confirm_share).
inline constexpr double refinement_margin = 1.0 / 16;

/// b_i - (A x)_i, A symmetric by its lower values a.
template <class Number, class Values, class In>
METASOLVE_HD Number doubled_residual(LowerPatternView const& p, Values const& a, Number const& b, In const& x, int i) {
  DoubledSum<Number> sum(b);
  sum.subtract_product(Number(a[p.entries + i]), Number(x[i]));
  for (int e = p.row_ptrs[i]; e < p.row_ptrs[i + 1]; ++e) {
    sum.subtract_product(Number(a[p.entry[e]]), Number(x[p.col_idxs[e]]));
  }
  for (int e = p.col_ptrs[i]; e < p.col_ptrs[i + 1]; ++e) {
    sum.subtract_product(Number(a[e]), Number(x[p.row_idxs[e]]));
  }
  return sum.rounded();
}

}  // namespace metasolve::kernels
