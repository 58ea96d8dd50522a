// SPDX-License-Identifier: Apache-2.0
#include <numbers>

#include "sampled_gradients.hpp"

/// Bias and variance of the estimators beside the closed forms. With g in units of the parameters, d of them, m
/// samples.
namespace metasolve::variance_test {
namespace {

using engine::Gradient;
using test::Quadratic;

/// d, samples, curvature
class Variance : public ::testing::TestWithParam<std::tuple<int, int, double>> {
 protected:
  void expect(Gradient kind, double step, double variance_of_g, std::int64_t n = 20000) {
    auto const estimator = estimate::make_estimator(kind, space, {.step = step, .samples = samples, .seed = 7}, n, 0);
    auto const drawn = test::sample(*estimator, space, theta, n, loss);
    test::expect_mean(drawn, loss.slope);
    test::expect_variance(drawn, loss.slope, loss.unit, variance_of_g * loss.square(), 1e-9 * loss.square());
  }
  int d = std::get<0>(GetParam()), samples = std::get<1>(GetParam());
  double curvature = std::get<2>(GetParam());
  estimate::ParameterSpace space = test::smooth_space(d);
  std::vector<double> theta = test::inside(space);
  Quadratic loss{space, theta, curvature};
};

TEST_P(Variance, CentralDifferencesAreExact) { expect(Gradient::difference, 0.2, 0, 3); }

TEST_P(Variance, OfRandomSigns) { expect(Gradient::spsa, 0.2, (d - 1.0) / samples); }

TEST_P(Variance, OfAntitheticNormalDraws) { expect(Gradient::evolution, 0.1, (d + 1.0) / samples); }

TEST_P(Variance, OfTheScoreFunction) {
  // Each coordinate is a sample covariance of the loss and a normal draw. The curvature adds to the variance.
  auto const n = 20000;
  double const step = 0.1;
  auto const estimator =
      estimate::make_estimator(Gradient::score, space, {.step = step, .samples = samples, .seed = 7}, n, 0);
  auto const drawn = test::sample(*estimator, space, theta, n, loss);
  test::expect_mean(drawn, loss.slope);
  if (curvature != 0) return;
  double const effective = samples > 1 ? samples - 1 : 1;  // one sample: the baseline is the mean of 19,999 others
  test::expect_variance(drawn, loss.slope, loss.unit, (d + 1.0) / effective * loss.square(), 0);
}

INSTANTIATE_TEST_SUITE_P(Sizes, Variance,
                         ::testing::Combine(::testing::Values(1, 2, 31), ::testing::Values(1, 2, 4),
                                            ::testing::Values(0.0, 0.8)));

TEST(Evolution, WideStepsStayWithinTheRangeWithoutBias) {
  estimate::ParameterSpace space;
  space.add({.low = 0, .high = 1});
  space.add({.low = -4, .high = 20});
  std::vector<double> const theta{0.3, 15};
  Quadratic const loss(space, theta, 0.5);
  double const step = 0.5;
  // Of a normal draw cut at 2: the moments by integration.
  double mass = 0, second = 0, fourth = 0;
  for (double z = -2 + 5e-5; z < 2; z += 1e-4) {
    double const density = std::exp(-z * z / 2);
    mass += density;
    second += density * z * z;
    fourth += density * z * z * z * z;
  }
  double const kurtosis = fourth / mass / std::pow(second / mass, 2);
  auto const n = 40000;
  auto const estimator = estimate::make_estimator(Gradient::evolution, space, {.step = step, .seed = 3}, n, 0);
  auto const drawn = test::sample(*estimator, space, theta, n, [&](double const* x) {
    for (int i = 0; i < 2; ++i) {
      EXPECT_GE(x[i], space.entries[static_cast<std::size_t>(i)].low);
      EXPECT_LE(x[i], space.entries[static_cast<std::size_t>(i)].high);
    }
    return loss(x);
  });
  test::expect_mean(drawn, loss.slope);
  test::expect_variance(drawn, loss.slope, loss.unit, (2 + kurtosis - 2) * loss.square(), 0);
}

/// The expected cost of options a under a softmax of the scores with an even share of 1 / 20, plus 2 x.
struct Expected {
  static constexpr double cost[] = {3, 1, 7};
  static double of(std::vector<double> const& scores) {
    double sum = 0, of_cost = 0;
    for (int a = 0; a < 3; ++a) sum += std::exp(scores[static_cast<std::size_t>(a)]);
    for (int a = 0; a < 3; ++a) {
      of_cost += (0.95 * std::exp(scores[static_cast<std::size_t>(a)]) / sum + 0.05 / 3) * cost[a];
    }
    return of_cost;
  }
  static std::vector<double> gradient(std::vector<double> const& scores) {
    std::vector<double> g;
    for (std::size_t a = 0; a < 3; ++a) {
      auto up = scores, down = scores;
      up[a] += 1e-5;
      down[a] -= 1e-5;
      g.push_back((of(up) - of(down)) / 2e-5);
    }
    return g;
  }
};

TEST(Score, OfAChoiceIsTheGradientOfTheExpectedCost) {
  estimate::ParameterSpace space;
  space.add({.kind = test::Kind::choice, .options = 3});
  space.add({.low = 0, .high = 1});
  for (auto const& scores : {std::vector<double>{0.5, -0.3, 0.1}, std::vector<double>{4, -4, -4}}) {
    std::vector<double> theta = scores;
    theta.push_back(0.4);
    auto expected = Expected::gradient(scores);
    expected.push_back(2);
    for (int const samples : {1, 2, 5}) {
      auto const n = 50000;
      auto const estimator =
          estimate::make_estimator(Gradient::score, space, {.step = 0.2, .samples = samples, .seed = 5}, n, 0);
      for (int step = 0; step < 2; ++step) {  // with one sample, the second has running means
        auto const drawn = test::sample(
            *estimator, space, theta, n,
            [](double const* x) { return Expected::cost[static_cast<int>(x[0])] + 2 * x[1]; }, step);
        test::expect_mean(drawn, expected);
      }
    }
  }
}

TEST(Integers, SlopeOfALineIsExact) {
  estimate::ParameterSpace space;
  space.add({.kind = test::Kind::integer, .low = 1, .high = 10});
  space.add({.kind = test::Kind::integer, .low = 0, .high = 100});
  auto const rounded = [&](double const* x) {
    return 3 * test::ParameterSpace::value(space.entries[0], x[0]) -
           test::ParameterSpace::value(space.entries[1], x[1]);
  };
  for (double const at : {1.0, 1.2, 2.5, 3.0, 7.49, 9.6, 10.0}) {
    std::vector<double> const theta{at, 10 * at};
    auto const differences = estimate::make_estimator(Gradient::difference, space, {.step = 0.05}, 1, 0);
    EXPECT_EQ(test::sample(*differences, space, theta, 1, rounded), (std::vector<double>{3, -1})) << at;
    auto const spsa = estimate::make_estimator(Gradient::spsa, space, {.step = 0.05}, 1, 0);
    test::expect_mean(test::sample(*spsa, space, theta, 20000, rounded), {3, -1});
  }
}

TEST(Integers, SmoothedSlopeOfALineIsNearIt) {
  estimate::ParameterSpace space;
  space.add({.kind = test::Kind::integer, .low = 0, .high = 100});
  auto const rounded = [&](double const* x) { return 3 * test::ParameterSpace::value(space.entries[0], x[0]); };
  for (auto const kind : {Gradient::evolution, Gradient::score}) {
    auto const n = 100000;
    auto const estimator = estimate::make_estimator(kind, space, {.step = 0.05, .samples = 2}, n, 0);
    for (double const at : {30.0, 30.3, 50.5}) {
      auto const drawn = test::sample(*estimator, space, {at}, n, rounded);
      EXPECT_NEAR(std::accumulate(drawn.begin(), drawn.end(), 0.0) / n, 3, 0.1) << at;
    }
    auto const at_end = test::sample(*estimator, space, {0}, n, rounded);
    EXPECT_GT(std::accumulate(at_end.begin(), at_end.end(), 0.0) / n, 1);  // it can leave the end of its range
  }
}

}  // namespace
}  // namespace metasolve::variance_test
