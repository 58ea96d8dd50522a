// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <type_traits>

#include "number.hpp"
#include "view.hpp"

namespace metasolve::kernels {

/// A value and its derivatives along Width directions: forward-mode differentiation of any body. The tangent of a
/// solver is its own body with this number type, so there is no second derivation to get wrong: adjoints are checked
/// against it, and the curvature of a least-squares measure is computed with it. T may be a pack. Comparisons use only
/// the value, as the body's branches do.
template <class T, int Width = 1>
struct Dual {
  static constexpr int width = Width;
  using real = typename NumberTraits<T>::real;
  T value{};
  T tangent[Width]{};

  Dual() = default;
  METASOLVE_HD Dual(T v) : value(v) {}  // NOLINT: a constant is a dual number
  METASOLVE_HD Dual(T v, T t) requires(Width == 1) : value(v), tangent{t} {}
  /// For packs and dual numbers: a literal is a dual number too.
  METASOLVE_HD explicit Dual(real x) requires(!std::is_same_v<T, real>) : value(T(x)) {}

  friend METASOLVE_HD Dual operator+(Dual const& a, Dual const& b) {
    return each(a.value + b.value, [&](int w) { return a.tangent[w] + b.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator-(Dual const& a, Dual const& b) {
    return each(a.value - b.value, [&](int w) { return a.tangent[w] - b.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator*(Dual const& a, Dual const& b) {
    return each(a.value * b.value, [&](int w) { return a.tangent[w] * b.value + a.value * b.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator/(Dual const& a, Dual const& b) {
    T const q = a.value / b.value;
    return each(q, [&](int w) { return (a.tangent[w] - q * b.tangent[w]) / b.value; });
  }
  friend METASOLVE_HD Dual operator-(Dual const& a) {
    return each(-a.value, [&](int w) { return -a.tangent[w]; });
  }
  // With values independent of the parameters: no products with zero tangents.
  friend METASOLVE_HD Dual operator+(Dual const& a, T const& b) {
    return each(a.value + b, [&](int w) { return a.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator+(T const& a, Dual const& b) { return b + a; }
  friend METASOLVE_HD Dual operator-(Dual const& a, T const& b) {
    return each(a.value - b, [&](int w) { return a.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator-(T const& a, Dual const& b) {
    return each(a - b.value, [&](int w) { return -b.tangent[w]; });
  }
  friend METASOLVE_HD Dual operator*(Dual const& a, T const& b) {
    return each(a.value * b, [&](int w) { return a.tangent[w] * b; });
  }
  friend METASOLVE_HD Dual operator*(T const& a, Dual const& b) { return b * a; }
  friend METASOLVE_HD Dual operator/(Dual const& a, T const& b) {
    return each(a.value / b, [&](int w) { return a.tangent[w] / b; });
  }

  // With literals, if T is not a plain number itself.
  friend METASOLVE_HD Dual operator+(Dual const& a, real b) requires(!std::is_same_v<T, real>) { return a + T(b); }
  friend METASOLVE_HD Dual operator+(real a, Dual const& b) requires(!std::is_same_v<T, real>) { return b + T(a); }
  friend METASOLVE_HD Dual operator-(Dual const& a, real b) requires(!std::is_same_v<T, real>) { return a - T(b); }
  friend METASOLVE_HD Dual operator-(real a, Dual const& b) requires(!std::is_same_v<T, real>) { return T(a) - b; }
  friend METASOLVE_HD Dual operator*(Dual const& a, real b) requires(!std::is_same_v<T, real>) { return a * T(b); }
  friend METASOLVE_HD Dual operator*(real a, Dual const& b) requires(!std::is_same_v<T, real>) { return b * T(a); }
  friend METASOLVE_HD Dual operator/(Dual const& a, real b) requires(!std::is_same_v<T, real>) { return a / T(b); }
  friend METASOLVE_HD Dual operator/(real a, Dual const& b) requires(!std::is_same_v<T, real>) {
    return Dual(T(a)) / b;
  }

  METASOLVE_HD Dual& operator+=(Dual const& b) { return *this = *this + b; }
  METASOLVE_HD Dual& operator-=(Dual const& b) { return *this = *this - b; }
  METASOLVE_HD Dual& operator*=(Dual const& b) { return *this = *this * b; }

  friend METASOLVE_HD mask_of<T> operator<(Dual const& a, Dual const& b) { return a.value < b.value; }
  friend METASOLVE_HD mask_of<T> operator<=(Dual const& a, Dual const& b) { return a.value <= b.value; }
  friend METASOLVE_HD mask_of<T> operator>(Dual const& a, Dual const& b) { return a.value > b.value; }
  friend METASOLVE_HD mask_of<T> operator>=(Dual const& a, Dual const& b) { return a.value >= b.value; }
  friend METASOLVE_HD mask_of<T> operator==(Dual const& a, Dual const& b) { return a.value == b.value; }

  /// value with tangents of(0), of(1), ...
  template <class Of>
  METASOLVE_HD static Dual each(T const& value, Of const& of) {
    Dual d;
    d.value = value;
    for (int w = 0; w < Width; ++w) d.tangent[w] = of(w);
    return d;
  }
};

template <class T, int Width>
struct NumberTraits<Dual<T, Width>> {
  using scalar = Dual<scalar_of<T>, Width>;
  using real = typename NumberTraits<T>::real;
  using mask = mask_of<T>;
  static constexpr int lanes = lanes_of<T>;
};

template <class T, int Width>
METASOLVE_HD T const& value_of(Dual<T, Width> const& x) {
  return x.value;
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> select(mask_of<T> mask, Dual<T, Width> const& yes,
                                   std::type_identity_t<Dual<T, Width>> const& no) {
  return Dual<T, Width>::each(select(mask, yes.value, no.value),
                              [&](int w) { return select(mask, yes.tangent[w], no.tangent[w]); });
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> sqrt(Dual<T, Width> const& x) {
  T const root = sqrt(x.value);
  // At 0 the one-sided slope is infinite; 0 is what the adjoint bodies use there.
  T const half_inverse = select(root > T(0), T(0.5) / root, T(0));
  return Dual<T, Width>::each(root, [&](int w) { return x.tangent[w] * half_inverse; });
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> approx_div(Dual<T, Width> const& a, Dual<T, Width> const& b) {
  return a / b;
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> approx_sqrt(Dual<T, Width> const& x) {
  return sqrt(x);
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> exp(Dual<T, Width> const& x) {
  T const e = exp(x.value);
  return Dual<T, Width>::each(e, [&](int w) { return e * x.tangent[w]; });
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> log(Dual<T, Width> const& x) {
  return Dual<T, Width>::each(log(x.value), [&](int w) { return x.tangent[w] / x.value; });
}
template <class T, int Width>
METASOLVE_HD Dual<T, Width> tanh(Dual<T, Width> const& x) {
  T const t = tanh(x.value), slope = T(1) - t * t;
  return Dual<T, Width>::each(t, [&](int w) { return slope * x.tangent[w]; });
}
template <class T, int Width>
METASOLVE_HD Dual<scalar_of<T>, Width> lane(Dual<T, Width> const& x, int l) {
  return Dual<scalar_of<T>, Width>::each(lane(x.value, l), [&](int w) { return lane(x.tangent[w], l); });
}
template <class T, int Width>
METASOLVE_HD void set_lane(Dual<T, Width>& x, int l, Dual<scalar_of<T>, Width> const& value) {
  set_lane(x.value, l, value.value);
  for (int w = 0; w < Width; ++w) set_lane(x.tangent[w], l, value.tangent[w]);
}
template <class T, int Width>
METASOLVE_HD bool is_finite(Dual<T, Width> const& x) {
  bool finite = is_finite(x.value);
  for (int w = 0; w < Width; ++w) finite = finite && is_finite(x.tangent[w]);
  return finite;
}

/// Reference to one item of a DualView: a dual number stored in several places. D: Dual<Number, Width>.
template <class D, class View>
struct DualReference {
  View value, tangent;
  int pitch;
  int item;

  METASOLVE_HD operator D() const {  // NOLINT: acts as the number
    return D::each(value[item], [&](int w) { return tangent[w * pitch + item]; });
  }
  METASOLVE_HD DualReference const& operator=(D const& d) const {
    value[item] = d.value;
    for (int w = 0; w < D::width; ++w) tangent[w * pitch + item] = d.tangent[w];
    return *this;
  }
  METASOLVE_HD DualReference const& operator=(DualReference const& other) const { return *this = D(other); }
  METASOLVE_HD DualReference const& operator+=(D const& d) const { return *this = D(*this) + d; }
  METASOLVE_HD DualReference const& operator-=(D const& d) const { return *this = D(*this) - d; }
};

template <class D, class View>
METASOLVE_HD D sqrt(DualReference<D, View> const& x) {
  return sqrt(D(x));
}
template <class D, class View>
METASOLVE_HD D exp(DualReference<D, View> const& x) {
  return exp(D(x));
}
template <class D, class View>
METASOLVE_HD D log(DualReference<D, View> const& x) {
  return log(D(x));
}
template <class D, class View>
METASOLVE_HD D tanh(DualReference<D, View> const& x) {
  return tanh(D(x));
}
template <class D, class View>
METASOLVE_HD D abs(DualReference<D, View> const& x) {
  return abs(D(x));
}

/// Numbers of one team, with Width tangents of each in separate memory: tangent w of number i is tangent[w * pitch +
/// i]. Several such views may share their values: a body that runs once for each group of directions writes the same
/// values each time.
template <class Number, int Width, int Stride = 1>
struct DualView {
  using value_type = Dual<Number, Width>;
  using reference = DualReference<value_type, LocalView<Number, Stride>>;
  LocalView<Number, Stride> value, tangent;
  int pitch = 0;

  METASOLVE_HD reference operator[](int i) const { return {value, tangent, pitch, i}; }
  METASOLVE_HD DualView subview(std::int64_t i) const { return {value.subview(i), tangent.subview(i), pitch}; }
};

}  // namespace metasolve::kernels
