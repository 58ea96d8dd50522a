// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pack.hpp"

/// Two packs processed together: twice the lanes, so that a short iteration of dependent operations (a chain of
/// divisions) leaves the processor other work meanwhile. Host only.
namespace metasolve::kernels {

template <class P>
struct PairMask {
  mask_of<P> low, high;
  friend PairMask operator&&(PairMask a, PairMask b) { return {a.low && b.low, a.high && b.high}; }
  friend PairMask operator||(PairMask a, PairMask b) { return {a.low || b.low, a.high || b.high}; }
  friend PairMask operator!(PairMask a) { return {!a.low, !a.high}; }
};

template <class P>
struct PackPair {
  using scalar = scalar_of<P>;
  P low, high;

  PackPair() = default;
  PackPair(scalar x) : low(x), high(x) {}  // NOLINT: a scalar is a pair of equal lanes
  PackPair(P l, P h) : low(l), high(h) {}
  static PackPair load(scalar const* p) { return {P::load(p), P::load(p + lanes_of<P>)}; }
  void store(scalar* p) const {
    low.store(p);
    high.store(p + lanes_of<P>);
  }

  friend PackPair operator+(PackPair a, PackPair b) { return {a.low + b.low, a.high + b.high}; }
  friend PackPair operator-(PackPair a, PackPair b) { return {a.low - b.low, a.high - b.high}; }
  friend PackPair operator*(PackPair a, PackPair b) { return {a.low * b.low, a.high * b.high}; }
  friend PackPair operator/(PackPair a, PackPair b) { return {a.low / b.low, a.high / b.high}; }
  friend PackPair operator-(PackPair a) { return {-a.low, -a.high}; }
  PackPair& operator+=(PackPair b) { return *this = *this + b; }
  PackPair& operator-=(PackPair b) { return *this = *this - b; }
  PackPair& operator*=(PackPair b) { return *this = *this * b; }

  friend PairMask<P> operator<(PackPair a, PackPair b) { return {a.low < b.low, a.high < b.high}; }
  friend PairMask<P> operator<=(PackPair a, PackPair b) { return {a.low <= b.low, a.high <= b.high}; }
  friend PairMask<P> operator>(PackPair a, PackPair b) { return {a.low > b.low, a.high > b.high}; }
  friend PairMask<P> operator>=(PackPair a, PackPair b) { return {a.low >= b.low, a.high >= b.high}; }
  friend PairMask<P> operator==(PackPair a, PackPair b) { return {a.low == b.low, a.high == b.high}; }
};

template <class P>
struct NumberTraits<PackPair<P>> {
  using scalar = scalar_of<P>;
  using real = typename NumberTraits<P>::real;
  using mask = PairMask<P>;
  static constexpr int lanes = 2 * lanes_of<P>;
};

template <class P>
struct NarrowOf<PackPair<P>> {
  using type = Pack<float, lanes_of<PackPair<P>>>;
};

template <class P>
PackPair<P> select(PairMask<P> mask, PackPair<P> yes, std::type_identity_t<PackPair<P>> no) {
  return {select(mask.low, yes.low, no.low), select(mask.high, yes.high, no.high)};
}
template <class P>
unsigned bits(PairMask<P> mask) {
  return bits(mask.low) | bits(mask.high) << lanes_of<P>;
}
template <class P>
scalar_of<P> lane(PackPair<P> const& x, int l) {
  return l < lanes_of<P> ? lane(x.low, l) : lane(x.high, l - lanes_of<P>);
}
template <class P>
void set_lane(PackPair<P>& x, int l, std::type_identity_t<scalar_of<P>> value) {
  if (l < lanes_of<P>) {
    set_lane(x.low, l, value);
  } else {
    set_lane(x.high, l - lanes_of<P>, value);
  }
}

template <class P>
PackPair<P> sqrt(PackPair<P> x) {
  return {sqrt(x.low), sqrt(x.high)};
}
template <class P>
PackPair<P> approx_div(PackPair<P> a, PackPair<P> b) {
  return {approx_div(a.low, b.low), approx_div(a.high, b.high)};
}
template <class P>
PackPair<P> approx_sqrt(PackPair<P> x) {
  return {approx_sqrt(x.low), approx_sqrt(x.high)};
}
template <class P>
PackPair<P> exp(PackPair<P> x) {
  return {exp(x.low), exp(x.high)};
}
template <class P>
PackPair<P> log(PackPair<P> x) {
  return {log(x.low), log(x.high)};
}
template <class P>
PackPair<P> tanh(PackPair<P> x) {
  return {tanh(x.low), tanh(x.high)};
}

}  // namespace metasolve::kernels
