// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lower_pattern.hpp"

/// Common to all incomplete Cholesky factors: the shift, pivots, the selection of kept entries.
///
/// The shift is added to the diagonal before the factorisation: alpha >= 0 is absolute; alpha < 0 is relative, -alpha
/// times the diagonal's own entries. If a relative shift gives no factor, 1e-3 is tried, then doubled until it does
/// (Manteuffel, Math. Comp. 34, 1980): positive definite matrices become diagonally dominant on the way.
namespace metasolve::kernels {

/// A relative shift that adds nothing, but may be raised.
inline constexpr double unshifted = -1e-300;
/// From 1e-3 to where only the diagonal matters.
inline constexpr int most_raises = 40;

/// A user's alpha >= 0, in units of the diagonal, as a relative shift.
METASOLVE_HD inline double relative_shift(double alpha) { return alpha == 0 ? unshifted : -alpha; }

/// The relative shift to try after alpha.
template <class Number>
METASOLVE_HD Number raised(Number const& alpha) {
  Number const twice = alpha + alpha, least(real_of<Number>(-1e-3));
  return select(twice < least, twice, least);
}

template <class Entry, class Number>
METASOLVE_HD Number shifted(Entry const& diagonal, Number const& alpha) {
  return select(alpha < Number(real_of<Number>(0)), diagonal - alpha * diagonal, diagonal + alpha);
}

/// For a pivot, or any number whose root or inverse is needed.
template <class Number>
METASOLVE_HD auto is_positive_and_finite(Number const& x) {
  return x > Number(real_of<Number>(0)) && x < Number(infinity<real_of<Number>>());
}

/// The lanes whose diagonal is positive and finite: otherwise no relative shift helps.
template <class Number, class Values>
METASOLVE_HD auto has_positive_diagonal(LowerPatternView const& p, Values const& a) {
  Number const zero(real_of<Number>(0));
  auto all = zero < Number(infinity<real_of<Number>>());
  for (int i = 0; i < p.unknowns; ++i) all = all && is_positive_and_finite(Number(a[p.entries + i]));
  return all;
}

/// Returns the mask of usable factors; alpha becomes the shifts used: a relative shift in the lanes `fresh` is raised
/// until its factor is usable. a: values of A; factor(alpha): builds a factor and returns whether it is usable.
template <class Number, class Values, class Mask, class Factor>
METASOLVE_HD auto raise_until_usable(LowerPatternView const& of_a, Values const& a, Mask fresh, Number& alpha,
                                     Factor&& factor) {
  auto usable = factor(alpha);
  for (int k = 0; k < most_raises; ++k) {
    auto const wanting = fresh && (alpha < Number(real_of<Number>(0)) && !usable);
    if (bits(wanting) == 0) break;
    auto const again = wanting && has_positive_diagonal<Number>(of_a, a);
    if (bits(again) == 0) break;
    alpha = select(again, raised(alpha), alpha);
    usable = factor(alpha);
  }
  return usable;
}

/// Whether another entry of a column is kept in preference to one of this magnitude: the larger one, and of equal ones
/// the upper.
template <class Number>
METASOLVE_HD auto is_kept_before(Number const& other, bool is_above, Number const& size) {
  return is_above ? other >= size : other > size;
}

}  // namespace metasolve::kernels
