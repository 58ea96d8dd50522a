// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "metasolve/kernels/simd/pack.hpp"
#include "metasolve/kernels/simd/pack_pair.hpp"

/// Packs: accuracy of the fast operations, and that a pair of packs behaves like two packs.
namespace metasolve::pack_test {
namespace {

using namespace kernels;

using P = Pack<double>;
using Pair = PackPair<P>;
constexpr int lanes = lanes_of<P>;

/// Representable numbers between two finite ones of the same sign.
std::int64_t ulps(double a, double b) {
  if (std::isnan(a) || std::isnan(b) || std::signbit(a) != std::signbit(b)) return a == b ? 0 : INT64_MAX;
  return std::abs(std::bit_cast<std::int64_t>(a) - std::bit_cast<std::int64_t>(b));
}

/// Numbers of any sign with exponents from -range to range.
struct Wide {
  std::mt19937_64 random{7};
  double operator()(int range) {
    double const mantissa = std::uniform_real_distribution(1.0, 2.0)(random);
    int const exponent = std::uniform_int_distribution(-range, range)(random);
    return std::ldexp(random() % 2 == 0 ? mantissa : -mantissa, exponent);
  }
  P pack(int range) {
    P p;
    for (int l = 0; l < lanes; ++l) set_lane(p, l, (*this)(range));
    return p;
  }
};

TEST(ApproxDiv, IsWithinTwoUnitsOfTheRounded) {
  Wide wide;
  std::int64_t worst = 0;
  for (int i = 0; i < 100000; ++i) {
    // Exponents of all ranges, whose quotient is a normal number.
    int const range = i % 2 == 0 ? 3 : 510;
    P const a = wide.pack(range), b = wide.pack(range), q = approx_div(a, b);
    for (int l = 0; l < lanes; ++l) worst = std::max(worst, ulps(lane(q, l), lane(a, l) / lane(b, l)));
    EXPECT_EQ(approx_div(lane(a, 0), lane(b, 0)), lane(a, 0) / lane(b, 0)) << "one number is divided as ever";
  }
  EXPECT_LE(worst, 2);
  RecordProperty("worst", static_cast<int>(worst));
}

TEST(ApproxDiv, HoldsAtTheEdges) {
  using limits = std::numeric_limits<double>;
  Wide wide;
  for (int e = -1022; e <= 1022; ++e) {
    double const power = std::ldexp(1.0, e), x = std::ldexp(1.7, e);
    EXPECT_EQ(lane(approx_div(P(power), P(power)), 0), 1) << e;
    EXPECT_EQ(lane(approx_div(P(0.0), P(x)), 0), 0) << e;
    EXPECT_LE(ulps(lane(approx_div(P(x), P(-1.3)), 0), x / -1.3), 2) << e;
    EXPECT_LE(ulps(lane(approx_div(P(1.0), P(x)), 0), 1 / x), 2) << e;
  }
  EXPECT_LE(ulps(lane(approx_div(P(limits::max()), P(limits::max())), 0), 1), 2);
  EXPECT_LE(ulps(lane(approx_div(P(limits::min()), P(limits::min())), 0), 1), 2);
  for (double const bad : {limits::quiet_NaN(), 0.0}) {
    EXPECT_FALSE(is_finite(lane(approx_div(P(1.0), P(bad)), 0)));
    EXPECT_FALSE(is_finite(lane(approx_div(P(limits::quiet_NaN()), P(1.0)), 0)));
  }
  // A lane is independent of its neighbours.
  P b = wide.pack(100);
  P const a = wide.pack(100), alone = approx_div(a, b);
  set_lane(b, lanes - 1, 0);
  for (int l = 0; l + 1 < lanes; ++l) EXPECT_EQ(lane(approx_div(a, b), l), lane(alone, l));
}

TEST(ApproxSqrt, IsWithinTwoUnitsOfTheRounded) {
  Wide wide;
  std::int64_t worst = 0;
  for (int i = 0; i < 100000; ++i) {
    P x = wide.pack(i % 2 == 0 ? 3 : 1021);
    for (int l = 0; l < lanes; ++l) set_lane(x, l, std::abs(lane(x, l)));
    P const root = approx_sqrt(x);
    for (int l = 0; l < lanes; ++l) worst = std::max(worst, ulps(lane(root, l), std::sqrt(lane(x, l))));
    EXPECT_EQ(approx_sqrt(lane(x, 0)), std::sqrt(lane(x, 0)));
  }
  EXPECT_LE(worst, 2);
  RecordProperty("worst", static_cast<int>(worst));
}

TEST(ApproxSqrt, HoldsAtTheEdges) {
  using limits = std::numeric_limits<double>;
  EXPECT_EQ(lane(approx_sqrt(P(0.0)), 0), 0);
  for (int e = -1022; e <= 1022; e += 2) {
    EXPECT_EQ(lane(approx_sqrt(P(std::ldexp(1.0, e))), 0), std::ldexp(1.0, e / 2)) << e;
  }
  for (double const x : {limits::max(), limits::min()}) {
    EXPECT_LE(ulps(lane(approx_sqrt(P(x)), 0), std::sqrt(x)), 2) << x;
  }
  // An overflow never gives a finite norm.
  for (double const x : {limits::infinity(), limits::quiet_NaN()}) {
    EXPECT_FALSE(is_finite(lane(approx_sqrt(P(x)), 0))) << x;
  }
}

/// Bitwise, so that equal NaNs are equal.
bool same(P a, P b) {
  for (int l = 0; l < lanes; ++l) {
    if (std::bit_cast<std::uint64_t>(lane(a, l)) != std::bit_cast<std::uint64_t>(lane(b, l))) return false;
  }
  return true;
}
template <class Operation>
void expect_each(char const* name, Operation const& of, Pair const& a, Pair const& b) {
  Pair const r = of(a, b);
  EXPECT_TRUE(same(r.low, of(a.low, b.low))) << name;
  EXPECT_TRUE(same(r.high, of(a.high, b.high))) << name;
  for (int l = 0; l < 2 * lanes; ++l) {
    EXPECT_EQ(lane(r, l), l < lanes ? lane(r.low, l) : lane(r.high, l - lanes)) << name;
  }
}
template <class Comparison>
void expect_mask(char const* name, Comparison const& of, Pair const& a, Pair const& b) {
  unsigned expected = 0;
  for (int l = 0; l < 2 * lanes; ++l) expected |= of(lane(a, l), lane(b, l)) ? 1u << l : 0u;
  EXPECT_EQ(bits(of(a, b)), expected) << name;
  Pair const chosen = select(of(a, b), a, b);
  for (int l = 0; l < 2 * lanes; ++l) EXPECT_EQ(lane(chosen, l), lane((expected >> l & 1u) != 0 ? a : b, l)) << name;
}

TEST(PackPair, IsTwoPacks) {
  static_assert(lanes_of<Pair> == 2 * lanes);
  Wide wide;
  for (int i = 0; i < 200; ++i) {
    Pair const a{wide.pack(4), wide.pack(4)};
    Pair b{wide.pack(4), wide.pack(4)};
    set_lane(b, i % (2 * lanes), lane(a, i % (2 * lanes)));  // one lane compares equal
    Pair const positive = a * a;
    expect_each(
        "+", [](auto x, auto y) { return x + y; }, a, b);
    expect_each(
        "-", [](auto x, auto y) { return x - y; }, a, b);
    expect_each(
        "*", [](auto x, auto y) { return x * y; }, a, b);
    expect_each(
        "/", [](auto x, auto y) { return x / y; }, a, b);
    expect_each(
        "negative", [](auto x, auto) { return -x; }, a, b);
    expect_each(
        "+=", [](auto x, auto y) { return x += y; }, a, b);
    expect_each(
        "-=", [](auto x, auto y) { return x -= y; }, a, b);
    expect_each(
        "*=", [](auto x, auto y) { return x *= y; }, a, b);
    expect_each(
        "approx_div", [](auto x, auto y) { return approx_div(x, y); }, a, b);
    expect_each(
        "approx_sqrt", [](auto x, auto) { return approx_sqrt(x); }, positive, b);
    expect_each(
        "square_root", [](auto x, auto) { return sqrt(x); }, positive, b);
    expect_each(
        "exponential", [](auto x, auto) { return exp(x); }, a, b);
    expect_each(
        "logarithm", [](auto x, auto) { return log(x); }, positive, b);
    expect_each(
        "hyperbolic_tangent", [](auto x, auto) { return tanh(x); }, a, b);
    expect_mask(
        "<", [](auto x, auto y) { return x < y; }, a, b);
    expect_mask(
        "<=", [](auto x, auto y) { return x <= y; }, a, b);
    expect_mask(
        ">", [](auto x, auto y) { return x > y; }, a, b);
    expect_mask(
        ">=", [](auto x, auto y) { return x >= y; }, a, b);
    expect_mask(
        "==", [](auto x, auto y) { return x == y; }, a, b);
    expect_mask(
        "&&", [](auto x, auto y) { return x < y && y < -y; }, a, b);
    expect_mask(
        "||", [](auto x, auto y) { return x < y || x < -x; }, a, b);
    expect_mask(
        "!", [](auto x, auto y) { return !(x < y); }, a, b);
  }
}

TEST(PackPair, LoadsAndStoresItsLanesInOrder) {
  double from[2 * lanes], to[2 * lanes] = {};
  for (int l = 0; l < 2 * lanes; ++l) from[l] = l + 0.5;
  auto x = load<Pair>(from);
  for (int l = 0; l < 2 * lanes; ++l) EXPECT_EQ(lane(x, l), l + 0.5);
  for (int l = 0; l < 2 * lanes; ++l) set_lane(x, l, -lane(x, l));
  store(to, x);
  for (int l = 0; l < 2 * lanes; ++l) EXPECT_EQ(to[l], -from[l]);
  Pair const all(3.0);
  for (int l = 0; l < 2 * lanes; ++l) EXPECT_EQ(lane(all, l), 3);
  // As read by LocalView::lane.
  for (int l = 0; l < 2 * lanes; ++l) EXPECT_EQ(reinterpret_cast<double const*>(&x)[l], lane(x, l));
}

}  // namespace
}  // namespace metasolve::pack_test
