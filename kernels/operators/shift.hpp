// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "lower_pattern.hpp"

/// What is added to a diagonal before it is factored: alpha >= 0 itself; alpha < 0, a relative shift, -alpha times the
/// diagonal's own entries. Where no factor comes of a relative one, 1e-3 is tried, and twice as much again until one
/// does (Manteuffel, Math. Comp. 34, 1980): positive definite matrices become diagonally dominant on the way.
namespace metasolve::kernels {

/// A relative shift that adds nothing, but is raised.
inline constexpr double unshifted = -1e-300;
/// From 1e-3 to what leaves nothing but the diagonal.
inline constexpr int most_raises = 40;

/// A user's alpha >= 0, in units of the diagonal, as a relative shift.
METASOLVE_HD inline double relative_shift(double alpha) { return alpha == 0 ? unshifted : -alpha; }

/// The relative shift to be tried after alpha.
template <class Number>
METASOLVE_HD Number raised(Number const& alpha) {
  Number const twice = alpha + alpha, least(real_of<Number>(-1e-3));
  return select(twice < least, twice, least);
}

template <class Entry, class Number>
METASOLVE_HD Number shifted(Entry const& diagonal, Number const& alpha) {
  return select(alpha < Number(real_of<Number>(0)), diagonal - alpha * diagonal, diagonal + alpha);
}

/// The lanes whose diagonal is positive and finite: else no relative shift helps.
template <class Number, class Values>
METASOLVE_HD auto has_positive_diagonal(LowerPatternView const& p, Values const& a) {
  Number const zero(real_of<Number>(0)), infinite(infinity<real_of<Number>>());
  auto all = zero < infinite;
  for (int i = 0; i < p.unknowns; ++i) {
    Number const entry(a[p.entries + i]);
    all = all && entry > zero && entry < infinite;
  }
  return all;
}

}  // namespace metasolve::kernels
