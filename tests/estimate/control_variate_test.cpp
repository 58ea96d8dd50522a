// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/surrogate_network.hpp"
#include "sampled_gradients.hpp"

/// The control variate's bias and variance, with a network that is known and with one that learns.
namespace metasolve::control_variate_test {
namespace {

using engine::Gradient;
using test::Quadratic;

constexpr std::uint64_t seed = 21;

std::unique_ptr<estimate::Estimator> make(estimate::ParameterSpace const& space, int samples, double rate,
                                          int features = 0, int window = 0) {
  return estimate::make_estimator(Gradient::control_variate, space,
                                  {.step = 1e-6,
                                   .samples = samples,
                                   .seed = seed,
                                   .surrogate_hidden = {16, 16},
                                   .surrogate_window = window,
                                   .surrogate_rate = rate},
                                  1, features);
}
/// Its scale becomes `scale`, and its weights 6 times as large.
void make_known(estimate::Estimator& estimator, double scale) {
  auto state = estimator.state();
  for (std::size_t i = 0; i < (state.size() - 3) / 3; ++i) state[i] *= 6;
  state[state.size() - 2] = scale * scale * (1 - 0.99);
  state[state.size() - 1] = 1;
  estimator.restore(state);
}
/// The gradient of that network, in units.
std::vector<double> known_gradient(int d, std::vector<double> const& theta, double scale) {
  estimate::SurrogateNetwork network(d, {16, 16}, 0, seed);
  auto state = network.state();
  for (std::size_t i = 0; i < state.size() / 3; ++i) state[i] *= 6;
  network.restore(state.data());
  auto* const x = network.input(1);
  for (int i = 0; i < d; ++i) x[i] = static_cast<float>(theta[static_cast<std::size_t>(i)]);
  auto const* const g = network.differentiate();
  std::vector<double> gradient;
  for (int i = 0; i < d; ++i) gradient.push_back(scale * g[i]);
  return gradient;
}

TEST(ControlVariate, VarianceIsThatOfWhatTheNetworkMisses) {
  for (int const d : {1, 2, 31}) {
    for (int const samples : {1, 3}) {
      auto const space = test::reals(d);
      auto const theta = test::inside(space);
      Quadratic loss(space, theta, 0);
      double const scale = 1.5;
      auto const known = known_gradient(d, theta, scale);
      double missed = 0, of_known = 0;
      for (std::size_t i = 0; i < theta.size(); ++i) {
        loss.slope[i] = known[i] + 0.3 * loss.slope[i];
        missed += std::pow(loss.slope[i] - known[i], 2);
        of_known += known[i] * known[i];
      }
      EXPECT_GT(of_known, 0.01 * missed);
      auto const estimator = make(space, samples, 0);
      make_known(*estimator, scale);
      auto const drawn = test::sample(*estimator, space, theta, 20000, loss);
      test::expect_mean(drawn, loss.slope);
      test::expect_variance(drawn, loss.slope, loss.unit, (d - 1.0) / samples * missed, 1e-6 * loss.square());
    }
  }
}

TEST(ControlVariate, IsUnbiasedWithAnyNetwork) {
  for (int const d : {1, 2, 31}) {
    auto const space = test::smooth_space(d);
    auto const theta = test::inside(space);
    Quadratic const loss(space, theta, 0.5);
    for (int const window : {0, 3}) {
      for (double const scale : {0.0, 1.0, 50.0}) {
        auto const n = window > 0 ? 2000 : 10000;
        auto const estimator = make(space, 2, 0, 0, window);
        make_known(*estimator, scale);
        auto const drawn = test::sample(*estimator, space, theta, n, loss);
        test::expect_mean(drawn, loss.slope);
      }
    }
  }
}

double total_error(std::vector<double> const& drawn, Quadratic const& loss) {
  double sum = 0;
  auto const d = loss.slope.size();
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    sum += std::pow((drawn[i] - loss.slope[i % d]) * loss.unit[i % d], 2);
  }
  return sum / static_cast<double>(drawn.size() / d);
}

TEST(ControlVariate, LearningReducesTheVariance) {
  auto const space = test::smooth_space(31);
  auto const theta = test::inside(space);
  Quadratic const loss(space, theta, 0);
  auto const estimator = make(space, 1, 1e-2);
  double const first = total_error(test::sample(*estimator, space, theta, 64, loss), loss);
  EXPECT_NEAR(first / loss.square(), 30, 10);  // without a network: the forward gradient
  for (int step = 1; step < 300; ++step) (void)test::sample(*estimator, space, theta, 64, loss, step);
  double const last = total_error(test::sample(*estimator, space, theta, 64, loss, 300), loss);
  EXPECT_TRUE(last < 0.01 * first) << first << " to " << last;
}

TEST(ControlVariate, AWindowLearnsASumOverNeighboursFromFewerSolves) {
  int const d = 16, n = 16;
  auto const space = test::reals(d);
  auto const theta = test::inside(space);
  auto const loss = [](double const* x) {
    double sum = 0;
    for (int i = 0; i + 1 < d; ++i) sum += x[i] * x[i + 1];
    return sum;
  };
  auto const error_after = [&](int window) {
    auto const estimator = make(space, 1, 1e-2, 0, window);
    double squares = 0;
    for (int step = 0; step < 1000; ++step) {
      auto here = theta;
      for (int i = 0; i < d; ++i) here[static_cast<std::size_t>(i)] = test::mixed(100.0 * step + i);
      auto const drawn = test::sample(*estimator, space, here, n, loss, step);
      for (std::size_t i = 0; i < drawn.size() && step >= 900; ++i) {
        auto const c = static_cast<int>(i) % d;
        auto const x = [&](int at) { return at < 0 || at >= d ? 0 : here[static_cast<std::size_t>(at)]; };
        squares += std::pow(drawn[i] - x(c - 1) - x(c + 1), 2);
      }
    }
    return squares;
  };
  double const together = error_after(0), in_windows = error_after(3);
  EXPECT_TRUE(in_windows < 0.2 * together) << in_windows << " and " << together;
}

TEST(ControlVariate, SeesFeaturesAndTheDistanceToTheReference) {
  auto const space = test::smooth_space(3);
  auto const theta = test::inside(space);
  std::vector<double> const features{0.3, -2}, others{1, 1};
  std::vector<std::int32_t> const number{0};
  auto const with = [&](double const* of_features, double const* reference) {
    auto const estimator = make(space, 1, 0, of_features != nullptr ? 2 : 0);
    auto state = estimator->state();
    state[state.size() - 2] = 0.01;
    state[state.size() - 1] = 1;
    estimator->restore(state);
    estimate::Batch const batch{
        .tasks = 1, .theta = theta.data(), .number = number.data(), .features = of_features, .reference = reference};
    std::vector<double> points(6), gradient(3), losses(2, 1.0);
    std::vector<char> failed(2);
    estimator->place(batch, points.data());
    estimator->estimate(batch, points.data(), {losses.data(), failed.data()}, gradient.data());
    return gradient;
  };
  EXPECT_NE(with(features.data(), nullptr), with(others.data(), nullptr));
  EXPECT_NE(with(nullptr, theta.data()), with(nullptr, nullptr));
}

TEST(ControlVariate, AJumpOfTheLossDoesNotSpoilTheNetwork) {
  auto const space = test::reals(8);
  auto const theta = test::inside(space);
  Quadratic const loss(space, theta, 0);
  auto const estimator = make(space, 1, 1e-2);
  int call = 0;
  auto const with_jumps = [&](double const* x) { return loss(x) + (++call % 500 == 0 ? 0.5 : 0); };  // 0.5 / 1e-6
  for (int step = 0; step < 400; ++step) (void)test::sample(*estimator, space, theta, 64, with_jumps, step);
  double const error = total_error(test::sample(*estimator, space, theta, 64, loss, 400), loss);
  EXPECT_TRUE(error < 0.5 * 7 * loss.square()) << error / loss.square();
}

}  // namespace
}  // namespace metasolve::control_variate_test
