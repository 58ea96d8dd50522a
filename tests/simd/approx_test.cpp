// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/simd/approx.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

/// A device's formulas for division and roots, on approximations as coarse as its own.
namespace metasolve::kernels::approx_test {
namespace {

/// Rounds its operand to the upper half, as a device does, and loses another half unit, in either direction.
struct Coarse {
  static double upper(double x, int more = 0) {
    auto const bits = std::bit_cast<std::uint64_t>(x);
    auto const high = static_cast<std::uint32_t>(bits >> 32) + static_cast<std::uint32_t>(more);
    return std::bit_cast<double>(static_cast<std::uint64_t>(high) << 32);
  }
  static double flushed(double x) {
    return std::abs(x) < std::numeric_limits<double>::min() ? std::copysign(0.0, x) : x;
  }
  static double reciprocal(double b) { return flushed(upper(1 / flushed(upper(b)))); }
  static double reciprocal_root(double x) { return upper(1 / std::sqrt(flushed(upper(x)))); }
  static double fma(double a, double b, double c) { return std::fma(a, b, c); }
  static double lifted(double x) {
    auto const high = std::bit_cast<std::uint64_t>(x) >> 32;
    return std::bit_cast<double>((high < 0x00100000u ? 0x00100000u : high) << 32);
  }
};

/// Distance in units in the last place of b.
double ulps(double a, double b) {
  return std::abs(a - b) / (std::nextafter(std::abs(b), std::numeric_limits<double>::infinity()) - std::abs(b));
}

constexpr double least = std::numeric_limits<double>::min(), infinite = std::numeric_limits<double>::infinity();

struct Random {
  std::mt19937_64 bits{5};
  /// A number of magnitude 2^low to 2^high.
  double number(int low, int high) {
    double const x = std::ldexp(std::uniform_real_distribution<double>(1, 2)(bits),
                                std::uniform_int_distribution<int>(low, high - 1)(bits));
    return bits() % 2 == 0 ? x : -x;
  }
};

TEST(Approx, QuotientsOverTheWholeRange) {
  Random random;
  for (int i = 0; i < 1000000; ++i) {
    double const a = random.number(-1022, 1024), b = random.number(-1022, 1022), q = a / b;
    if (!std::isfinite(q) || std::abs(q) < least) continue;
    ASSERT_LE(ulps(approx::quotient(a, b, Coarse{}), q), 2) << a << " / " << b;
  }
  for (double const b : {1.0, -2.0, 3.0, least, std::ldexp(1.0, 1021)}) {
    EXPECT_EQ(approx::quotient(0.0, b, Coarse{}), 0.0) << b;
    EXPECT_EQ(approx::quotient(b, b, Coarse{}), 1.0) << b;
  }
  EXPECT_EQ(approx::quotient(0.1, 1.0, Coarse{}), 0.1);
  EXPECT_FALSE(std::isfinite(approx::quotient(1.0, 0.0, Coarse{})));
  EXPECT_TRUE(std::isnan(approx::quotient(1.0, std::nan(""), Coarse{})));
  EXPECT_TRUE(std::isnan(approx::quotient(std::nan(""), 1.0, Coarse{})));
}

TEST(Approx, RootsOverTheWholeRange) {
  Random random;
  for (int i = 0; i < 1000000; ++i) {
    double const x = std::abs(random.number(-1022, 1024));
    ASSERT_LE(ulps(approx::sqrt(x, Coarse{}), std::sqrt(x)), 2) << x;
  }
  EXPECT_EQ(approx::sqrt(0.0, Coarse{}), 0.0);
  for (double const x : {infinite, -1.0, -infinite, std::nan("")}) {
    EXPECT_TRUE(std::isnan(approx::sqrt(x, Coarse{}))) << x;
  }
}

}  // namespace
}  // namespace metasolve::kernels::approx_test
