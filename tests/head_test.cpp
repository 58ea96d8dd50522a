// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/head.hpp"
#include "kernels/pack.hpp"

/// From the network's outputs to bounded parameters: derivatives, bounds, and which output makes which parameter.
namespace metasolve {
namespace {

using kernels::HeadEntry;
using kernels::HeadKind;
using kernels::Pack;

TEST(HeadEntry, DerivativesAreThoseOfDifferences) {
  for (HeadEntry const& e : {HeadEntry{HeadKind::interval, 0, 1, 2}, HeadEntry{HeadKind::interval, 0, -3, 0.5},
                             HeadEntry{HeadKind::factor, 0}}) {
    for (double const given : {1.0, -0.3, 4e-5}) {
      for (double z = -6; z <= 6; z += 0.37) {
        double const h = 1e-3;
        auto const at = [&](double by) { return e.apply(z + by, given); };
        double const difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        double const derivative = e.derivative(z, e.apply(z, given));
        double const size = e.kind == HeadKind::interval ? e.high - e.low : std::abs(given);
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
}  // namespace metasolve
