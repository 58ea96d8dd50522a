// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "number.hpp"

namespace metasolve::kernels {

/// A value and its derivative along one direction: forward-mode differentiation of any body. The tangent of a
/// solver is its own body on this number, so there is no second derivation to get wrong: adjoints are checked
/// against it. Comparisons look at the value alone, as the body's branches do.
template <class T>
struct Dual {
  T value{};
  T tangent{};

  Dual() = default;
  METASOLVE_HD Dual(T v) : value(v), tangent(T(0)) {}  // NOLINT: a constant is a dual number
  METASOLVE_HD Dual(T v, T t) : value(v), tangent(t) {}

  friend METASOLVE_HD Dual operator+(Dual a, Dual b) { return {a.value + b.value, a.tangent + b.tangent}; }
  friend METASOLVE_HD Dual operator-(Dual a, Dual b) { return {a.value - b.value, a.tangent - b.tangent}; }
  friend METASOLVE_HD Dual operator*(Dual a, Dual b) {
    return {a.value * b.value, a.tangent * b.value + a.value * b.tangent};
  }
  friend METASOLVE_HD Dual operator/(Dual a, Dual b) {
    T const q = a.value / b.value;
    return {q, (a.tangent - q * b.tangent) / b.value};
  }
  friend METASOLVE_HD Dual operator-(Dual a) { return {-a.value, -a.tangent}; }
  METASOLVE_HD Dual& operator+=(Dual b) { return *this = *this + b; }
  METASOLVE_HD Dual& operator-=(Dual b) { return *this = *this - b; }
  METASOLVE_HD Dual& operator*=(Dual b) { return *this = *this * b; }

  friend METASOLVE_HD bool operator<(Dual a, Dual b) { return a.value < b.value; }
  friend METASOLVE_HD bool operator<=(Dual a, Dual b) { return a.value <= b.value; }
  friend METASOLVE_HD bool operator>(Dual a, Dual b) { return a.value > b.value; }
  friend METASOLVE_HD bool operator>=(Dual a, Dual b) { return a.value >= b.value; }
  friend METASOLVE_HD bool operator==(Dual a, Dual b) { return a.value == b.value; }
};

template <class T>
struct NumberTraits<Dual<T>> {
  using scalar = Dual<T>;
  using real = typename NumberTraits<T>::real;
  using mask = bool;
  static constexpr int lanes = 1;
};

template <class T>
METASOLVE_HD Dual<T> select(bool mask, Dual<T> yes, Dual<T> no) {
  return mask ? yes : no;
}
template <class T>
METASOLVE_HD Dual<T> square_root(Dual<T> x) {
  T const root = square_root(x.value);
  // At 0 the one-sided slope is infinite; 0 is what the adjoint bodies use there.
  return {root, root > T(0) ? x.tangent / (T(2) * root) : T(0)};
}
template <class T>
METASOLVE_HD Dual<T> exponential(Dual<T> x) {
  T const e = exponential(x.value);
  return {e, e * x.tangent};
}
template <class T>
METASOLVE_HD Dual<T> logarithm(Dual<T> x) {
  return {logarithm(x.value), x.tangent / x.value};
}
template <class T>
METASOLVE_HD Dual<T> lane(Dual<T> x, int) {
  return x;
}
template <class T>
METASOLVE_HD void set_lane(Dual<T>& x, int, Dual<T> value) {
  x = value;
}
template <class T>
METASOLVE_HD bool is_finite(Dual<T> x) {
  return is_finite(x.value) && is_finite(x.tangent);
}

}  // namespace metasolve::kernels
