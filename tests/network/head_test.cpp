// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "metasolve/kernels/network/head.hpp"
#include "metasolve/kernels/simd/pack.hpp"

/// From the network's outputs to bounded parameters: derivatives, bounds, and the pairing of outputs and parameters.
namespace metasolve::head_test {
namespace {

using kernels::HeadEntry;
using kernels::HeadKind;
using kernels::Pack;

TEST(HeadEntry, DerivativesAreThoseOfDifferences) {
  for (HeadEntry const& e : {HeadEntry{HeadKind::interval, 0, 1, 2}, HeadEntry{HeadKind::interval, 0, -3, 0.5},
                             HeadEntry{HeadKind::factor, 0}, HeadEntry{HeadKind::logarithmic, 0, 1e-8, 3}}) {
    for (double const given : {1.0, -0.3, 4e-5}) {
      for (double z = -6; z <= 6; z += 0.37) {
        double const h = 1e-3;
        auto const at = [&](double by) { return e.apply(z + by, given); };
        double const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        double const derivative = e.derivative(z, e.apply(z, given));
        bool const is_steep = e.kind == HeadKind::logarithmic;  // higher derivatives dominate the error of a difference
        double const size = e.is_bounded() ? (is_steep ? 100 : 1) * (e.high - e.low) : std::abs(given);
        EXPECT_NEAR(derivative, difference, 1e-11 * size) << "z = " << z;
        EXPECT_NE(derivative, 0);
        auto const packed = e.derivative(Pack<double>(z), e.apply(Pack<double>(z), Pack<double>(given)));
        EXPECT_NEAR(lane(packed, 0), derivative, 1e-14 * size);
      }
    }
  }
}

template <class Scalar>
void expect_bounds() {
  Scalar const e1 = std::exp(Scalar(1)), unit = std::numeric_limits<Scalar>::epsilon();
  for (Scalar const z : {Scalar(-1e4), Scalar(-40), Scalar(0), Scalar(40), Scalar(1e4)}) {
    HeadEntry const interval{HeadKind::interval, 0, 1, 2}, factor{HeadKind::factor, 0};
    Scalar const r = interval.apply(z, Scalar(7));
    EXPECT_TRUE(r >= Scalar(1) && r <= Scalar(2)) << z;
    EXPECT_TRUE(std::isfinite(interval.derivative(z, r)));
    for (Scalar const given : {Scalar(1), Scalar(-2)}) {
      Scalar const ratio = factor.apply(z, given) / given;
      EXPECT_TRUE(ratio >= (1 - 4 * unit) / e1 && ratio <= (1 + 4 * unit) * e1) << z;
      EXPECT_TRUE(std::isfinite(factor.derivative(z, factor.apply(z, given))));
    }
    EXPECT_EQ(factor.apply(z, Scalar(0)), Scalar(0));
    EXPECT_EQ(factor.derivative(z, Scalar(0)), Scalar(0));
    EXPECT_EQ(HeadEntry{}.apply(z, Scalar(7)), Scalar(7));
  }
  HeadEntry const interval{HeadKind::interval, 0, 1, 2};
  EXPECT_EQ(interval.apply(Scalar(-1e4), Scalar(7)), Scalar(1));
  EXPECT_EQ(interval.apply(Scalar(0), Scalar(7)), Scalar(1.5));
  EXPECT_EQ(interval.apply(Scalar(1e4), Scalar(7)), Scalar(2));
}
TEST(HeadEntry, StaysInItsBounds) {
  expect_bounds<double>();
  expect_bounds<float>();
}

/// A logarithmic range: 0 at one end, and well above `low` equal steps of the sigmoid give equal factors.
TEST(HeadEntry, SpacesARangeByItsLogarithm) {
  HeadEntry const e{HeadKind::logarithmic, 0, 1e-8, 2};
  EXPECT_EQ(e.apply(-1000.0, 7.0), 0);
  EXPECT_EQ(e.apply(-1000.0f, 7.0f), 0);
  EXPECT_NEAR(e.apply(1000.0, 7.0), 2, 1e-13);
  auto const at_share = [&](double share) { return e.apply(std::log(share / (1 - share)), 7.0); };
  EXPECT_NEAR(at_share(0.6) / at_share(0.5), at_share(0.9) / at_share(0.8), 1e-2);
  EXPECT_NEAR(at_share(0.5), 1e-8 * (std::sqrt(1 + 2e8) - 1), 1e-18);
}

TEST(HeadEntry, FindsTheOutputOfAParameter) {
  for (HeadEntry const& e : {HeadEntry{HeadKind::interval, 0, 1, 2}, HeadEntry{HeadKind::logarithmic, 0, 1e-8, 2}}) {
    for (double const value : {1.001, 1.5, 1.99}) {
      EXPECT_NEAR(e.apply(e.output_for(value), 7.0), value, 1e-13);
      EXPECT_NEAR(lane(e.apply(Pack<double>(e.output_for(value)), Pack<double>(7.0)), 0), value, 1e-13);
    }
    double const low = e.kind == HeadKind::interval ? 1 : 0;
    for (double const beyond : {low, low - 1}) EXPECT_EQ(e.apply(e.output_for(beyond), 7.0), low);
    EXPECT_NEAR(e.apply(e.output_for(5), 7.0), 2, 1e-13);
  }
  HeadEntry const logarithmic{HeadKind::logarithmic, 0, 1e-8, 2};
  for (double const value : {1e-11, 1e-8, 1e-4}) {
    EXPECT_NEAR(logarithmic.apply(logarithmic.output_for(value), 7.0), value, 1e-6 * value);
  }
  EXPECT_EQ((HeadEntry{HeadKind::factor, 0}.output_for(3)), 0);
}

/// The slope of -log raises the parameter of a task that broke down, also from 0, where the range's own slope is 0.
TEST(Head, PullsUpFromZero) {
  HeadEntry const e{.kind = HeadKind::logarithmic, .output = 0, .low = 1e-8, .high = 1, .raised = true};
  std::vector<double> const z{-1000, -3, 0};
  std::vector<double> theta, bar(3, 0.0), z_bar(3, std::nan(""));
  for (double const x : z) theta.push_back(e.apply(x, 0.0));
  std::vector<std::int32_t> const status(3, static_cast<std::int32_t>(Status::breakdown));
  kernels::HeadAdjoint<double, double> adjoint{};
  adjoint.outputs = adjoint.parameters = 1;
  adjoint.entry = &e;
  adjoint.theta = theta.data();
  adjoint.theta_bar = bar.data();
  adjoint.z = z.data();
  adjoint.z_bar = z_bar.data();
  adjoint.status = status.data();
  adjoint.failure_slope = 10;
  for (std::int64_t slot = 0; slot < 3; ++slot) adjoint.operator()<double>(0, slot);
  EXPECT_EQ(theta[0], 0);
  EXPECT_EQ(z_bar[0], -10);
  for (std::size_t s = 1; s < 3; ++s) {
    double const h = 1e-5;
    double const slope = (std::log(e.apply(z[s] + h, 0.0)) - std::log(e.apply(z[s] - h, 0.0))) / (2 * h);
    EXPECT_NEAR(z_bar[s], -10 * slope, 1e-6);
  }
}

/// Tasks 4, 0 and 2 of a batch with one parameter kept, one in an interval by output 1, one scaled by output 0.
TEST(Head, PairsOutputsWithParameters) {
  std::vector<HeadEntry> const entry{{}, {HeadKind::interval, 1, 1, 2}, {HeadKind::factor, 0}};
  std::vector<std::int32_t> const task{4, 0, 2};
  std::vector<double> given, theta(9), bar{2, 3, 5, 7, 11, 13, 17, 19, 23};
  for (int i = 0; i < 15; ++i) given.push_back(i);
  std::vector<double> const z{0.1, 0.2, -0.3, 0.4, 0.5, -0.6};
  std::vector<double> z_bar(6, std::nan(""));
  kernels::ApplyHead<double, double> const apply{2,           3, entry.data(), {given.data(), 3, 1},
                                                 task.data(), 0, z.data(),     theta.data()};
  kernels::HeadAdjoint<double, double> adjoint{};
  adjoint.outputs = 2;
  adjoint.parameters = 3;
  adjoint.entry = entry.data();
  adjoint.theta = theta.data();
  adjoint.theta_bar = bar.data();
  adjoint.z = z.data();
  adjoint.z_bar = z_bar.data();
  for (std::int64_t slot = 0; slot < 3; ++slot) {
    apply.operator()<double>(0, slot);
    adjoint.operator()<double>(0, slot);
  }
  for (std::size_t s = 0; s < 3; ++s) {
    double const* const own = given.data() + 3 * task[s];
    double const sigmoid = 1 / (1 + std::exp(-z[2 * s + 1])), t = std::tanh(z[2 * s]);
    EXPECT_EQ(theta[3 * s], own[0]);
    EXPECT_NEAR(theta[3 * s + 1], 1 + sigmoid, 1e-15);
    EXPECT_NEAR(theta[3 * s + 2], own[2] * std::exp(t), 1e-14 * own[2]);
    EXPECT_NEAR(z_bar[2 * s + 1], bar[3 * s + 1] * sigmoid * (1 - sigmoid), 1e-13);
    EXPECT_NEAR(z_bar[2 * s], bar[3 * s + 2] * own[2] * std::exp(t) * (1 - t * t), 1e-12 * own[2]);
  }
  auto consecutive = apply;
  consecutive.task_of_slot = nullptr;
  consecutive.first = 2;
  consecutive.operator()<double>(0, 1);
  EXPECT_EQ(theta[3], given[9]) << "the second slot is the batch's fourth task";
}

}  // namespace
}  // namespace metasolve::head_test
