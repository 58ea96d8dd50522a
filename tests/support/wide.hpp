// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cstdint>
#include <limits>

/// A number of 100 decimal digits for the bodies: for derivatives of iterations that amplify rounding errors by tens of
/// orders of magnitude.
namespace metasolve::test {

struct Wide {
  using Digits =
      boost::multiprecision::number<boost::multiprecision::cpp_bin_float<100>, boost::multiprecision::et_off>;
  Digits value = 0;

  Wide() = default;
  Wide(double x) : value(x) {}  // NOLINT: a literal is a number
  static Wide of(Digits const& x) {
    Wide w;
    w.value = x;
    return w;
  }
  explicit operator double() const { return static_cast<double>(value); }
  explicit operator std::int32_t() const { return static_cast<std::int32_t>(value); }
  explicit operator std::int64_t() const { return static_cast<std::int64_t>(value); }

  friend Wide operator+(Wide const& a, Wide const& b) { return of(a.value + b.value); }
  friend Wide operator-(Wide const& a, Wide const& b) { return of(a.value - b.value); }
  friend Wide operator*(Wide const& a, Wide const& b) { return of(a.value * b.value); }
  friend Wide operator/(Wide const& a, Wide const& b) { return of(a.value / b.value); }
  friend Wide operator-(Wide const& a) { return of(-a.value); }
  Wide& operator+=(Wide const& b) { return *this = *this + b; }
  Wide& operator-=(Wide const& b) { return *this = *this - b; }
  Wide& operator*=(Wide const& b) { return *this = *this * b; }
  friend bool operator<(Wide const& a, Wide const& b) { return a.value < b.value; }
  friend bool operator<=(Wide const& a, Wide const& b) { return a.value <= b.value; }
  friend bool operator>(Wide const& a, Wide const& b) { return a.value > b.value; }
  friend bool operator>=(Wide const& a, Wide const& b) { return a.value >= b.value; }
  friend bool operator==(Wide const& a, Wide const& b) { return a.value == b.value; }

  // Found by argument-dependent lookup in the bodies.
  friend Wide select(bool mask, Wide const& yes, Wide const& no) { return mask ? yes : no; }
  friend Wide sqrt(Wide const& x) { return of(sqrt(x.value)); }
  friend Wide exp(Wide const& x) { return of(exp(x.value)); }
  friend Wide log(Wide const& x) { return of(log(x.value)); }
  friend Wide lane(Wide const& x, int) { return x; }
  friend void set_lane(Wide& x, int, Wide const& value) { x = value; }
  friend bool is_finite(Wide const& x) { return boost::multiprecision::isfinite(x.value); }
};

}  // namespace metasolve::test

template <>
struct std::numeric_limits<metasolve::test::Wide> {
  static constexpr bool is_specialized = true;
  static metasolve::test::Wide infinity() { return std::numeric_limits<double>::infinity(); }
};
