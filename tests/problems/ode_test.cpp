// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "metasolve/detail/random/philox.hpp"
#include "metasolve/kernels/problems/ode.hpp"
#include "metasolve/kernels/problems/systems/hires.hpp"
#include "metasolve/kernels/problems/systems/orego.hpp"
#include "metasolve/kernels/problems/systems/pollution.hpp"
#include "metasolve/kernels/problems/systems/robertson.hpp"
#include "metasolve/kernels/problems/systems/van_der_pol.hpp"
#include "metasolve/kernels/simd/pack.hpp"

/// The shipped systems and quantities derived from them. scripts/check_ode.py checks the definitions themselves.
namespace metasolve::ode_test {
namespace {

using namespace kernels;

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// Arrays have at least one element, whatever `parameters` is.
template <class O>
constexpr int parameter_count = O::parameters < 1 ? 1 : O::parameters;

/// Typical range of a system's solutions: unknown i is a random number in [0.1, 1) times at(i), of either sign if
/// signed.
template <class O>
struct Range;
template <>
struct Range<Robertson> {
  static constexpr bool is_signed = false;
  static double at(int i) { return i == 1 ? 4e-5 : 1; }
};
template <>
struct Range<VanDerPol> {
  static constexpr bool is_signed = true;
  static double at(int i) { return i == 0 ? 2.2 : 1300; }
};
template <>
struct Range<Orego> {
  static constexpr bool is_signed = false;
  static double at(int i) { return i == 0 ? 1e5 : i == 1 ? 1800 : 3e4; }
};
template <>
struct Range<Hires> {
  static constexpr bool is_signed = false;
  static double at(int i) { return i < 6 ? 1 : 0.0057; }
};
template <>
struct Range<Pollution> {
  static constexpr bool is_signed = false;
  static double at(int i) {
    constexpr double largest[] = {0.2,  0.2,  2e-8, 0.05, 1e-6, 3e-7,  0.1,  0.4,  0.01, 3e-8,
                                  3e-8, 2e-3, 2e-4, 2e-5, 9e-3, 4e-17, 7e-3, 1e-4, 2e-6, 6e-5};
    return largest[i];
  }
};

/// A random state, parameters and weights. Number: double, or a pack whose lanes are set one by one.
template <class O, class Number>
struct Point {
  static constexpr int n = O::size;
  Number y[n], p[parameter_count<O>], w[n][n];

  void set(int l, std::uint64_t seed) {
    random::Draws const draws(seed, random::Stream::test_tasks, 0);
    std::uint64_t next = 0;
    for (int i = 0; i < n; ++i) {
      double const size = Range<O>::at(i) * (0.1 + 0.9 * draws.uniform(next++));
      double const sign = draws.uniform(next++) < 0.5 ? -1 : 1;
      set_lane(y[i], l, Range<O>::is_signed ? sign * size : size);
    }
    for (int i = 0; i < parameter_count<O>; ++i) set_lane(p[i], l, parameter(i, draws.uniform(next++)));
    for (auto& row : w) {
      for (Number& entry : row) set_lane(entry, l, 2 * draws.uniform(next++) - 1);
    }
  }

 private:
  static double parameter(int i, double uniform) {
    if constexpr (O::parameters > 0) return O::default_parameters[i] * std::pow(10, uniform - 0.5);
    return std::nan("");  // never to be read
  }
};

template <class O, class Number>
struct Values {
  static constexpr int n = O::size;
  Number f[n], J[n][n], bar[n];

  explicit Values(Point<O, Number> const& x) {
    Number const t(0.0);
    O::rate(t, x.y, x.p, f);
    derived_jacobian<O>(t, x.y, x.p, J);
    for (Number& b : bar) b = Number(0.0);
    add_derived_hessian_contraction<O>(t, x.y, x.p, x.w, bar);
  }
};

template <class O>
Point<O, double> random_point(std::uint64_t seed) {
  Point<O, double> x;
  x.set(0, seed);
  return x;
}

template <class O>
class OdeSystem : public testing::Test {};
using Systems = testing::Types<Robertson, VanDerPol, Orego, Hires, Pollution>;
struct Names {
  template <class O>
  static std::string GetName(int) {
    if constexpr (std::is_same_v<O, Robertson>) return "Robertson";
    if constexpr (std::is_same_v<O, VanDerPol>) return "VanDerPol";
    if constexpr (std::is_same_v<O, Orego>) return "Orego";
    if constexpr (std::is_same_v<O, Hires>) return "Hires";
    return "Pollution";
  }
};
TYPED_TEST_SUITE(OdeSystem, Systems, Names);

static_assert(Ode<Robertson> && Ode<VanDerPol> && Ode<Orego> && Ode<Hires> && Ode<Pollution>);

template <int Size, int Parameters>
struct Generic {
  static constexpr int size = Size, parameters = Parameters;
  template <class T, class Y, class P, class F>
  static void rate(T const&, Y const&, P const&, F&) {}
};
static_assert(Ode<Generic<1, 0>> && Ode<Generic<32, 3>>);
static_assert(!Ode<Generic<0, 0>> && !Ode<Generic<33, 0>> && !Ode<Generic<2, -1>>);

template <int Size>
struct OfTwo {
  static constexpr int size = Size, parameters = 0;
  static void rate(double, double const (&)[2], double const*, double (&)[2]) {}
};
static_assert(Ode<OfTwo<2>> && !Ode<OfTwo<3>>);

struct WithoutRate {
  static constexpr int size = 2, parameters = 0;
};
struct WithoutSize {
  static constexpr int parameters = 0;
  template <class T, class Y, class P, class F>
  static void rate(T const&, Y const&, P const&, F&) {}
};
static_assert(!Ode<WithoutRate> && !Ode<WithoutSize>);

/// No rate here is more than quadratic in any one unknown, so that central differences have only rounding errors and
/// may be wide.
TYPED_TEST(OdeSystem, DerivedJacobianIsThatOfDifferences) {
  using O = TypeParam;
  constexpr int n = O::size;
  int entries = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const x = random_point<O>(seed);
    Values<O, double> const at(x);
    for (int j = 0; j < n; ++j) {
      auto high = x, low = x;
      high.y[j] *= 1.5;
      low.y[j] *= 0.5;
      double above[n], below[n];
      O::rate(0.0, high.y, x.p, above);
      O::rate(0.0, low.y, x.p, below);
      for (int i = 0; i < n; ++i) {
        double const difference = (above[i] - below[i]) / (high.y[j] - low.y[j]);
        double terms = std::abs(at.f[i]);  // a lower bound of the terms of f_i
        for (int k = 0; k < n; ++k) terms += std::abs(at.J[i][k] * x.y[k]);
        double const rounding = 20 * epsilon * terms / std::abs(x.y[j]);
        EXPECT_LE(std::abs(at.J[i][j] - difference), 1e-12 * std::abs(at.J[i][j]) + rounding) << i << ' ' << j;
        // Only entries well above rounding are informative.
        entries += std::abs(at.J[i][j]) > 1e3 * rounding ? 1 : 0;
      }
    }
  }
  EXPECT_GE(entries, 20 * n) << "a check against nothing";
}

TYPED_TEST(OdeSystem, DerivedCurvatureIsThatOfDifferences) {
  using O = TypeParam;
  constexpr int n = O::size;
  int entries = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    auto const x = random_point<O>(seed);
    double bar[n];
    for (int k = 0; k < n; ++k) bar[k] = k + 1;
    add_derived_hessian_contraction<O>(0.0, x.y, x.p, x.w, bar);
    for (int k = 0; k < n; ++k) {
      auto high = x, low = x;
      high.y[k] *= 1.5;
      low.y[k] *= 0.5;
      Values<O, double> const above(high), below(low);
      double expected = 0, size = 0, rounding = 0;
      for (int i = 0; i < n; ++i) {
        for (int j = 0; j < n; ++j) {
          double const term = x.w[i][j] * (above.J[i][j] - below.J[i][j]) / (high.y[k] - low.y[k]);
          expected += term;
          size += std::abs(term);
          rounding += std::abs(x.w[i][j]) * (std::abs(above.J[i][j]) + std::abs(below.J[i][j]));
        }
      }
      rounding *= 10 * epsilon / std::abs(x.y[k]);
      EXPECT_LE(std::abs(bar[k] - (k + 1) - expected), 1e-12 * size + rounding + epsilon * (k + 1)) << k;
      entries += size > 1e3 * rounding ? 1 : 0;
    }
  }
  EXPECT_GE(entries, 20) << "a check against nothing";
}

TYPED_TEST(OdeSystem, LaneIsTheScalarEvaluation) {
  using O = TypeParam;
  using Number = Pack<double>;
  constexpr int n = O::size;
  for (std::uint64_t group = 0; group < 5; ++group) {
    Point<O, Number> x;
    auto const seed = [&](int l) { return 100 + group * lanes_of<Number> + static_cast<std::uint64_t>(l); };
    for (int l = 0; l < lanes_of<Number>; ++l) x.set(l, seed(l));
    Values<O, Number> const packed(x);
    for (int l = 0; l < lanes_of<Number>; ++l) {
      auto const y = random_point<O>(seed(l));
      Values<O, double> const alone(y);
      // A few roundings of the terms: the compiler may fuse products with sums in one and not in the other.
      for (int i = 0; i < n; ++i) {
        double terms = std::abs(alone.f[i]);
        for (int j = 0; j < n; ++j) {
          terms += std::abs(alone.J[i][j] * y.y[j]);
          EXPECT_LE(std::abs(lane(packed.J[i][j], l) - alone.J[i][j]), 16 * epsilon * std::abs(alone.J[i][j]));
        }
        EXPECT_LE(std::abs(lane(packed.f[i], l) - alone.f[i]), 8 * epsilon * terms);
      }
      double largest = 0;
      for (double const b : alone.bar) largest = std::max(largest, std::abs(b));
      for (int i = 0; i < n; ++i) {
        EXPECT_LE(std::abs(lane(packed.bar[i], l) - alone.bar[i]), 64 * epsilon * largest) << i;
      }
    }
  }
}

/// Also checks that literals do not promote it to double precision: with -Wconversion -Werror this would not compile.
TYPED_TEST(OdeSystem, SinglePrecisionIsNearDoublePrecision) {
  using O = TypeParam;
  constexpr int n = O::size;
  constexpr double tolerance = 10 * std::numeric_limits<float>::epsilon();
  for (std::uint64_t seed = 200; seed < 205; ++seed) {
    auto const x = random_point<O>(seed);
    Values<O, double> const wide(x);
    float y[n], p[parameter_count<O>], f[n], J[n][n];
    for (int i = 0; i < n; ++i) y[i] = static_cast<float>(x.y[i]);
    for (int i = 0; i < parameter_count<O>; ++i) p[i] = static_cast<float>(x.p[i]);
    O::rate(0.0f, y, p, f);
    derived_jacobian<O>(0.0f, y, p, J);
    Pack<float> packed_y[n], packed_p[parameter_count<O>], packed[n];
    for (int i = 0; i < n; ++i) packed_y[i] = y[i];
    for (int i = 0; i < parameter_count<O>; ++i) packed_p[i] = p[i];
    O::rate(Pack<float>(0.0f), packed_y, packed_p, packed);
    for (int i = 0; i < n; ++i) {
      double terms = std::abs(wide.f[i]);
      for (int j = 0; j < n; ++j) terms += std::abs(wide.J[i][j] * x.y[j]);
      EXPECT_LE(std::abs(f[i] - wide.f[i]), tolerance * terms);
      EXPECT_LE(std::abs(lane(packed[i], 0) - wide.f[i]), tolerance * terms);
      for (int j = 0; j < n; ++j) {
        EXPECT_LE(std::abs(J[i][j] - wide.J[i][j]), tolerance * (terms / std::abs(x.y[j]) + std::abs(wide.J[i][j])));
      }
    }
  }
}

TYPED_TEST(OdeSystem, PublishedProblemIsWhole) {
  using O = TypeParam;
  constexpr int n = O::size;
  EXPECT_EQ(std::size(O::initial_state), static_cast<std::size_t>(n));
  if constexpr (O::parameters > 0) {
    EXPECT_EQ(std::size(O::default_parameters), static_cast<std::size_t>(O::parameters));
    EXPECT_EQ(std::size(O::parameter_names), static_cast<std::size_t>(O::parameters));
  }
  double f[n], p[parameter_count<O>] = {};
  if constexpr (O::parameters > 0) std::copy_n(O::default_parameters, O::parameters, p);
  O::rate(0.0, O::initial_state, p, f);
  for (double const x : f) EXPECT_TRUE(is_finite(x));
  EXPECT_GT(O::end_time, 0);
}

TEST(Ode, RobertsonsOwnDerivativesAreTheDerivedOnes) {
  for (std::uint64_t seed = 300; seed < 400; ++seed) {
    auto const x = random_point<Robertson>(seed);
    Values<Robertson, double> const derived(x);
    double J[3][3], bar[3] = {0, 0, 0};
    Robertson::jacobian(0.0, x.y, x.p, J);
    Robertson::add_hessian_contraction(0.0, x.y, x.p, x.w, bar);
    for (int i = 0; i < 3; ++i) {
      double curvature = 0;
      for (int j = 0; j < 3; ++j) {
        EXPECT_LE(std::abs(J[i][j] - derived.J[i][j]), 4 * epsilon * std::abs(J[i][j])) << i << ' ' << j;
        for (int k = 0; k < 3; ++k) curvature += std::abs(x.w[k][j]) * (i == 1 || i == 2 ? x.p[1] + x.p[2] : 0);
      }
      EXPECT_LE(std::abs(bar[i] - derived.bar[i]), 4 * epsilon * curvature) << i;
    }
  }
}

/// Records its entries in order.
struct EntryList {
  std::vector<int> row, column;
  std::vector<double> value;
  void operator()(int i, int j, double entry) {
    row.push_back(i);
    column.push_back(j);
    value.push_back(entry);
  }
};

TEST(Ode, PollutionsEntriesAreTheDerivedOnesRowAfterRow) {
  constexpr int n = Pollution::size;
  for (std::uint64_t seed = 600; seed < 700; ++seed) {
    auto const x = random_point<Pollution>(seed);
    Values<Pollution, double> const derived(x);
    EntryList entries;
    Pollution::jacobian_entries(0.0, x.y, x.p, entries);
    double J[n][n] = {}, largest[n] = {};
    int on_diagonal = 0, last = -1;
    for (std::size_t e = 0; e < entries.value.size(); ++e) {
      int const i = entries.row[e], j = entries.column[e];
      EXPECT_GT(n * i + j, last);
      last = n * i + j;
      on_diagonal += i == j ? 1 : 0;
      J[i][j] = entries.value[e];
      largest[j] = std::max(largest[j], std::abs(J[i][j]));
    }
    EXPECT_EQ(on_diagonal, n);
    double J_by_all[n][n];
    ode_jacobian<Pollution>(0.0, x.y, x.p, J_by_all);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) {
        EXPECT_LE(std::abs(J[i][j] - derived.J[i][j]), 8 * epsilon * largest[j]) << i << ' ' << j;
        EXPECT_EQ(J[i][j], J_by_all[i][j]);
      }
    }
  }
}

TEST(Ode, RobertsonsRateIsLinearInItsParameters) {
  EXPECT_TRUE(rate_is_linear_in_parameters<Robertson>);
  EXPECT_FALSE(rate_is_linear_in_parameters<Orego>);
  auto const x = random_point<Robertson>(400);
  double const twice[] = {2 * x.p[0], 2 * x.p[1], 2 * x.p[2]};
  double f[3], g[3];
  Robertson::rate(0.0, x.y, x.p, f);
  Robertson::rate(0.0, x.y, twice, g);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(g[i], 2 * f[i]);
}

/// sum of weight[i] f_i = 0 at random states.
template <class O>
void expect_conserved(std::vector<double> const& weight) {
  for (std::uint64_t seed = 500; seed < 600; ++seed) {
    auto const x = random_point<O>(seed);
    Values<O, double> const at(x);
    double sum = 0, size = 0;
    for (int i = 0; i < O::size; ++i) {
      double const w = weight[static_cast<std::size_t>(i)];
      sum += w * at.f[i];
      for (int j = 0; j < O::size; ++j) size += std::abs(w * at.J[i][j] * x.y[j]);
    }
    EXPECT_LE(std::abs(sum), 8 * epsilon * size);
    EXPECT_GT(size, 0);
  }
}
TEST(Ode, WhatIsConservedIsConserved) {
  expect_conserved<Robertson>({1, 1, 1});
  expect_conserved<Hires>({0, 0, 0, 0, 0, 0, 1, 1});
  // For Pollution the nitrogen (NO2, NO, PAN, HNO3, NO3, N2O5) and the sulphur (SO2, SO4).
  expect_conserved<Pollution>({1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1, 2});
  expect_conserved<Pollution>({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0});
}

}  // namespace
}  // namespace metasolve::ode_test
