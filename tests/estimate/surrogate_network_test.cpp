// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/estimate/surrogate_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

/// The network's derivatives beside differences of the same network in double precision.
namespace metasolve::surrogate_network_test {
namespace {

using estimate::SurrogateNetwork;

double mixed(double i) { return std::sin(12.9898 * i + 78.233); }

/// y(x) with the weights w, layer after layer.
double reference(std::vector<std::int64_t> const& sizes, std::vector<double> const& w, std::vector<double> x) {
  for (auto const& layer : network::layer_shapes(sizes)) {
    std::vector<double> z;
    for (std::int64_t o = 0; o < layer.out; ++o) {
      double sum = w[static_cast<std::size_t>(layer.bias + o)];
      for (std::int64_t i = 0; i < layer.in; ++i) {
        sum += w[static_cast<std::size_t>(layer.weight + o * layer.in + i)] * x[static_cast<std::size_t>(i)];
      }
      z.push_back(layer.out == 1 ? sum : sum / (1 + std::exp(-sum)));
    }
    x = z;
  }
  return x.front();
}

class Derivatives : public ::testing::TestWithParam<std::vector<std::int64_t>> {
 protected:
  Derivatives() : network(inputs, GetParam(), 1e-3, 11) {
    sizes.push_back(inputs);
    for (auto const width : GetParam()) sizes.push_back(width);
    sizes.push_back(1);
    auto state = network.state();
    for (std::size_t i = 0; i < (state.size() - 1) / 3; ++i) {
      state[i] = static_cast<float>(2 * state[i]);  // farther from linear
      weights.push_back(state[i]);
    }
    network.restore(state.data());
    auto* const input = network.input(rows);
    for (int i = 0; i < 2 * rows * inputs; ++i) input[i] = static_cast<float>(mixed(i));
    x.assign(input, input + rows * inputs);
    v.assign(input + rows * inputs, input + 2 * rows * inputs);
    auto const* const g = network.differentiate();
    gradient.assign(g, g + rows * inputs);
  }
  [[nodiscard]] double value(std::vector<double> const& w, int row, double along, int coordinate = -1) const {
    std::vector<double> at(x.begin() + row * inputs, x.begin() + (row + 1) * inputs);
    for (int i = 0; i < inputs; ++i) {
      double const direction = coordinate < 0 ? v[static_cast<std::size_t>(row * inputs + i)] : i == coordinate;
      at[static_cast<std::size_t>(i)] += along * direction;
    }
    return reference(sizes, w, at);
  }
  [[nodiscard]] double slope(std::vector<double> const& w, int row, int coordinate = -1) const {
    double const h = 1e-3;
    auto const off = [&](double k) { return value(w, row, k * h, coordinate) - value(w, row, -k * h, coordinate); };
    return (8 * off(1) - off(2)) / (12 * h);
  }
  static constexpr int inputs = 3, rows = 5;
  SurrogateNetwork network;
  std::vector<std::int64_t> sizes;
  std::vector<double> weights, x, v, gradient;
};

TEST_P(Derivatives, OfTheInput) {
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < inputs; ++i) {
      EXPECT_NEAR(gradient[static_cast<std::size_t>(row * inputs + i)], slope(weights, row, i), 2e-6);
    }
  }
}

TEST_P(Derivatives, OfTheSlopesInTheWeights) {
  std::vector<double> const seed{0.5, -2, 1, 0, 3};
  network.learn(seed.data());
  double largest = 0;
  for (std::size_t w = 0; w < weights.size(); ++w) {
    auto up = weights, down = weights;
    up[w] += 1e-4;
    down[w] -= 1e-4;
    double expected = 0;
    for (int row = 0; row < rows; ++row) {
      expected += seed[static_cast<std::size_t>(row)] * (slope(up, row) - slope(down, row)) / 2e-4;
    }
    EXPECT_NEAR(network.gradient()[w], expected, 1e-5) << "weight " << w;
    largest = std::max(largest, std::abs(expected));
  }
  EXPECT_GT(largest, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Layers, Derivatives,
                         ::testing::Values(std::vector<std::int64_t>{4}, std::vector<std::int64_t>{5, 4},
                                           std::vector<std::int64_t>{4, 6, 3}));

TEST(SurrogateNetwork, LearnsTheSlopesOfAFunction) {
  int const inputs = 4, rows = 64;
  SurrogateNetwork network(inputs, {32, 32}, 3e-3, 1);
  std::vector<double> seed(rows);
  double first = 0, last = 0;
  for (int step = 0; step < 1500; ++step) {
    auto* const x = network.input(rows);
    auto* const v = x + rows * inputs;
    for (int i = 0; i < rows * inputs; ++i) {
      x[i] = static_cast<float>(mixed(1000.0 * step + i));
      v[i] = mixed(0.3 + 1000.0 * step + i) > 0 ? 1 : -1;
    }
    auto const* const g = network.differentiate();
    double loss = 0;
    for (int row = 0; row < rows; ++row) {
      double rest = 0;
      for (int i = 0; i < inputs; ++i) {
        auto const at = row * inputs + i;
        auto const next = row * inputs + (i + 1) % inputs;
        rest += v[at] * (x[at] + 0.5 * x[next] - g[at]) + 0.5 * v[next] * x[at];  // sum x_i^2 / 2 + x_i x_{i+1} / 2
      }
      loss += rest * rest / rows;
      seed[static_cast<std::size_t>(row)] = -2 * rest / rows;
    }
    if (step == 0) first = loss;
    last = loss;
    network.learn(seed.data());
  }
  EXPECT_TRUE(last < 0.05 * first) << first << " to " << last;
}

TEST(SurrogateNetwork, AGradientThatIsNotFiniteChangesNothing) {
  SurrogateNetwork network(2, {3}, 1e-3, 0);
  auto const before = network.state();
  std::fill_n(network.input(1), 4, 1.0F);
  (void)network.differentiate();
  double const seed = std::nan("");
  network.learn(&seed);
  EXPECT_EQ(network.state(), before);
  (void)network.differentiate();
  double const good = 1;
  network.learn(&good);
  EXPECT_NE(network.state(), before);
}

}  // namespace
}  // namespace metasolve::surrogate_network_test
