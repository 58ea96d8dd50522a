// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/kernels/problems/ode.hpp"
#include "metasolve/kernels/simd/pack.hpp"
#include "metasolve/kernels/simd/pack_math.hpp"

/// What a user calls in f, outside of the library's namespaces and without std::.
namespace user_functions_test {
namespace {

struct EveryFunction {
  static constexpr int size = 2, parameters = 1;
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = sqrt(abs(y[0])) + exp(-y[1]) + log(y[1]) + tanh(y[0] * y[1]);
    f[1] = metasolve::kernels::select(y[0] > p[0], y[0] * y[1], abs(y[0] - y[1]));
  }
};
static_assert(metasolve::kernels::Ode<EveryFunction>);

struct Expected {
  double f[2], J[2][2];
  Expected(double a, double b, double p) {
    double const steep = 1 - std::pow(std::tanh(a * b), 2);
    f[0] = std::sqrt(std::abs(a)) + std::exp(-b) + std::log(b) + std::tanh(a * b);
    J[0][0] = std::copysign(0.5 / std::sqrt(std::abs(a)), a) + steep * b;
    J[0][1] = -std::exp(-b) + 1 / b + steep * a;
    f[1] = a > p ? a * b : std::abs(a - b);
    J[1][0] = a > p ? b : std::copysign(1, a - b);
    J[1][1] = a > p ? a : -std::copysign(1, a - b);
  }
};

constexpr double first[] = {-1.75, -0.3, 0.4, 1.25, 2.5}, second = 0.7;

template <class Number>
void expect_values(double tolerance) {
  using metasolve::kernels::lane;
  for (double const a : first) {
    using Real = metasolve::kernels::real_of<Number>;
    auto const number = [](double x) { return Number(static_cast<Real>(x)); };
    Number const y[2] = {number(a), number(second)}, p[1] = {number(1)};
    Number f[2], J[2][2];
    EveryFunction::rate(number(0), y, p, f);
    metasolve::kernels::derived_jacobian<EveryFunction>(number(0), y, p, J);
    Expected const expected(a, second, 1.0);
    for (int l = 0; l < metasolve::kernels::lanes_of<Number>; ++l) {
      for (int i = 0; i < 2; ++i) {
        EXPECT_NEAR(lane(f[i], l), expected.f[i], tolerance) << a << ", f " << i;
        for (int j = 0; j < 2; ++j) EXPECT_NEAR(lane(J[i][j], l), expected.J[i][j], tolerance) << a << ", J " << i << j;
      }
    }
  }
}

TEST(UserFunctions, OfDouble) { expect_values<double>(1e-14); }
TEST(UserFunctions, OfFloat) { expect_values<float>(2e-6); }
TEST(UserFunctions, OfPacks) {
  expect_values<metasolve::kernels::Pack<double>>(1e-14);
  expect_values<metasolve::kernels::Pack<float>>(4e-6);
}

}  // namespace
}  // namespace user_functions_test
