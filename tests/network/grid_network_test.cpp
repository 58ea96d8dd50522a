// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/network/grid_network.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/detail/network/layer_shape.hpp"
#include "metasolve/error.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/plain_grid_network.hpp"

/// Networks on grids against plain loops, differences, and themselves in other batches.
namespace metasolve::test::grid_network_test {
namespace {

using kernels::Activation;
using kernels::GridPadding;
using network::GridNetwork;
using network::GridNetworkShape;
using Values = std::vector<double>;

Values random_values(std::int64_t n, unsigned seed, double scale = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-scale, scale);
  Values values(static_cast<std::size_t>(n));
  for (double& v : values) v = uniform(random);
  return values;
}

/// Each kind of layer, skips over two levels, an odd number of points on the coarsest grid.
GridNetworkShape small(GridPadding padding, bool masked, bool scaled) {
  GridNetworkShape s;
  s.channels = 2, s.height = 12, s.width = 20;
  s.is_masked = masked, s.is_scaled = scaled;
  s.padding = padding;
  s.layers = {
      "conv 3 3", "conv 5 2 stride 2", "down",     "conv 3 4", "up",     "join 2",          "conv 3 3",     "up",
      "add 1",    "conv 1 2",          "down sum", "up",       "add 10", "conv 3 1 linear", "conv 3 1 of 1"};
  s.layers.push_back("add 14");
  return s;
}

/// Inputs of tasks; masks are 0, or between a half and 2.
Values inputs(GridNetworkShape const& s, int tasks) {
  auto x = random_values(tasks * s.features(), 3);
  if (!s.is_masked) return x;
  for (int t = 0; t < tasks; ++t) {
    double* const mask = x.data() + t * s.features() + s.channels * s.points();
    for (std::int64_t p = 0; p < s.points(); ++p) mask[p] = mask[p] < -0.7 ? 0 : 1.25 + 0.75 * mask[p];
  }
  return x;
}

/// Runs a network on `tasks` tasks; with bars also its adjoint.
template <class Real>
struct Outcome {
  Values output, gradient;
};
template <class Real>
Outcome<Real> run(exec::Backend& exec, GridNetworkShape const& s, Values const& weights, Values const& x, int tasks,
                  Values const& bars = {}, bool trains = true, Activation activation = Activation::tanh) {
  auto const real = [](Values const& from) { return std::vector<Real>(from.begin(), from.end()); };
  GridNetwork<Real> network(exec, s, activation, tasks, trains);
  auto const w = real(weights), in = real(x), bar = real(bars);
  network.weights().upload(w.data(), static_cast<std::int64_t>(w.size()));
  exec.upload(network.input(), in.data(), in.size() * sizeof(Real));
  network.over_parts(tasks, [&](std::int64_t first, std::int64_t count) { network.forward(first, count); });
  std::vector<Real> out(static_cast<std::size_t>(tasks * s.points())), gradient(trains ? w.size() : 0);
  exec.download(out.data(), network.output(), out.size() * sizeof(Real));
  if (!bars.empty()) {
    exec.upload(network.output_bar(), bar.data(), bar.size() * sizeof(Real));
    network.backward(tasks);
    network.gradient().download(gradient.data(), static_cast<std::int64_t>(gradient.size()));
  }
  return {{out.begin(), out.end()}, {gradient.begin(), gradient.end()}};
}

std::int64_t weights_of(GridNetworkShape const& s) {
  return network::weight_count(network::layer_shapes(network::Architecture{{s.features(), s.points()}, s}));
}

void expect_near(Values const& a, Values const& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst, std::abs(a[i] - b[i]));
    largest = std::max(largest, std::abs(b[i]));
  }
  EXPECT_LE(worst, tolerance * (1 + largest));
}

class GridNetworkOn : public OnExecutors {};
METASOLVE_ON_EXECUTORS(GridNetworkOn);

TEST_P(GridNetworkOn, ComputesWhatPlainLoopsDo) {
  constexpr int tasks = 5;
  for (auto const padding : {GridPadding::zero, GridPadding::edge}) {
    for (bool const masked : {false, true}) {
      for (bool const scaled : {false, true}) {
        auto const s = small(padding, masked, scaled);
        auto const w = random_values(weights_of(s), 5, 0.3), x = inputs(s, tasks);
        Values expected;
        for (int t = 0; t < tasks; ++t) {
          auto const one = plain_grid_network(s, Activation::tanh, w, x.data() + t * s.features());
          expected.insert(expected.end(), one.begin(), one.end());
        }
        expect_near(run<double>(backend(), s, w, x, tasks).output, expected, 1e-13);
        expect_near(run<float>(backend(), s, w, x, tasks, {}, false).output, expected, 2e-5);
      }
    }
  }
}

TEST_P(GridNetworkOn, GradientIsThatOfDifferences) {
  constexpr int tasks = 3;
  for (auto const padding : {GridPadding::zero, GridPadding::edge}) {
    for (bool const masked : {false, true}) {
      auto const s = small(padding, masked, true);
      auto const w = random_values(weights_of(s), 7, 0.3), x = inputs(s, tasks);
      auto const bar = random_values(tasks * s.points(), 11);
      auto const gradient = run<double>(backend(), s, w, x, tasks, bar).gradient;
      auto const value = [&](Values const& at) {
        auto const y = run<double>(backend(), s, at, x, tasks, {}, false).output;
        double sum = 0;
        for (std::size_t i = 0; i < y.size(); ++i) sum += bar[i] * y[i];
        return sum;
      };
      for (unsigned seed = 0; seed < 4; ++seed) {
        auto const direction = random_values(static_cast<std::int64_t>(w.size()), 20 + seed);
        double expected = 0, scale = 0;
        for (std::size_t i = 0; i < w.size(); ++i) {
          expected += direction[i] * gradient[i];
          scale += std::abs(direction[i] * gradient[i]);
        }
        constexpr double h = 1e-5;
        auto up = w, down = w;
        for (std::size_t i = 0; i < w.size(); ++i) up[i] += h * direction[i], down[i] -= h * direction[i];
        EXPECT_NEAR((value(up) - value(down)) / (2 * h), expected, 1e-7 * scale);
      }
    }
  }
}

/// Wide layers are the library's, where there is one, and others the loops'.
TEST_P(GridNetworkOn, WideLayersAgreeWithLoops) {
  GridNetworkShape s;
  s.height = s.width = 16;
  s.layers = {"u-net"};
  constexpr int tasks = 3;
  auto const w = random_values(weights_of(s), 5, 0.1), x = inputs(s, tasks), bar = random_values(tasks * s.points(), 3);
  auto const exact = run<double>(backend(), s, w, x, tasks, bar, true, Activation::relu);
  auto const single = run<float>(backend(), s, w, x, tasks, bar, true, Activation::relu);
  expect_near(single.output, exact.output, 1e-5);
  expect_near(single.gradient, exact.gradient, 1e-4);
}

TEST_P(GridNetworkOn, ATaskHasTheSameBitsAloneAndInABatch) {
  constexpr int tasks = 6;
  GridNetworkShape wide;
  wide.height = wide.width = 16;
  wide.layers = {"u-net"};
  for (auto const& s : {small(GridPadding::edge, true, true), wide}) {
    auto const w = random_values(weights_of(s), 5, 0.3), x = inputs(s, tasks);
    auto const all = run<float>(backend(), s, w, x, tasks);
    auto const again = run<float>(backend(), s, w, x, tasks, {}, false);
    EXPECT_EQ(all.output, again.output);
    for (int t = 0; t < tasks; ++t) {
      Values const own(x.begin() + t * s.features(), x.begin() + (t + 1) * s.features());
      auto const alone = run<float>(backend(), s, w, own, 1);
      EXPECT_EQ(alone.output, Values(all.output.begin() + t * s.points(), all.output.begin() + (t + 1) * s.points()));
    }
  }
}

TEST(GridNetwork, HasTheSameBitsOnAnyNumberOfThreads) {
  constexpr int tasks = 7;
  GridNetworkShape wide;
  wide.height = wide.width = 16;
  wide.layers = {"u-net"};
  for (auto const& s : {small(GridPadding::edge, true, true), wide}) {
    auto const w = random_values(weights_of(s), 5, 0.3), x = inputs(s, tasks),
               bar = random_values(tasks * s.points(), 3);
    std::vector<Outcome<float>> runs;
    for (int const threads : {1, 2, 3}) {
      auto const executor = Executor::cpu(threads);
      runs.push_back(run<float>(executor.backend(), s, w, x, tasks, bar));
    }
    for (auto const& other : runs) {
      EXPECT_EQ(runs[0].output, other.output);
      EXPECT_EQ(runs[0].gradient, other.gradient);
    }
  }
}

TEST(GridNetwork, PlansTheMemoryThatItTakes) {
  auto const executor = Executor::cpu(2);
  auto& exec = executor.backend();
  auto const s = small(GridPadding::edge, true, true);
  std::size_t planned = 0;
  {
    exec::Planning const planning(exec);
    GridNetwork<float> const network(exec, s, Activation::tanh, 9, true);
    planned = planning.bytes();
  }
  auto const before = exec.allocated();
  GridNetwork<float> const network(exec, s, Activation::tanh, 9, true);
  EXPECT_EQ(exec.allocated() - before, planned);
}

TEST(GridNetwork, TheUNetHasAsManyWeightsAsPublished) {
  GridNetworkShape s;
  s.height = s.width = 64;
  s.layers = {"u-net"};
  EXPECT_EQ(weights_of(s), 127'265);
  EXPECT_NEAR(network::grid_operations(s), 75e6, 3e6);
}

/// Before training the v-cycle is one of multigrid: it removes most of a smooth residual.
TEST(GridNetwork, TheVCycleBeginsAsMultigrid) {
  GridNetworkShape s;
  s.height = s.width = 64;
  s.has_bias = false;
  s.padding = GridPadding::edge;
  s.layers = {"v-cycle 6"};
  ASSERT_EQ(weights_of(s), 189);
  EXPECT_LT(network::grid_operations(s), 0.5e6);
  Values w(189, 0.0), b(static_cast<std::size_t>(s.points()));
  network::set_grid_start(s, w);
  constexpr double pi = 3.14159265358979323846;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      b[static_cast<std::size_t>(y * 64 + x)] = std::cos(pi * (x + 0.5) / 64) + std::cos(5 * pi * (y + 0.5) / 64);
    }
  }
  auto const executor = Executor::cpu(1);
  auto const p = run<double>(executor.backend(), s, w, b, 1, {}, false).output;
  auto const at = [&](int y, int x) {
    return p[static_cast<std::size_t>(std::min(63, std::max(0, y)) * 64 + std::min(63, std::max(0, x)))];
  };
  double rr = 0, bb = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      double const f = b[static_cast<std::size_t>(y * 64 + x)];
      double const r = f - (4 * at(y, x) - at(y, x - 1) - at(y, x + 1) - at(y - 1, x) - at(y + 1, x));
      rr += r * r, bb += f * f;
    }
  }
  EXPECT_LT(std::sqrt(rr / bb), 0.35);
}

TEST(GridNetwork, NamesTheLayerThatDoesNotFit) {
  auto const expect_refused = [](std::vector<std::string> layers, std::string const& part) {
    GridNetworkShape s;
    s.height = 12, s.width = 6;
    s.layers = std::move(layers);
    expect_message<InputError>([&] { network::grid_layers(s); }, {part});
  };
  expect_refused({}, "0 layers");
  expect_refused({"conv 4 1"}, "layer 1, \"conv 4 1\": the kernel is even");
  expect_refused({"conv 3"}, "the number of channels is missing");
  expect_refused({"conv 3 0"}, "expected 1 to 4096");
  expect_refused({"conv 3 1 of 1"}, "the layer that it reads is \"1\", expected 0 to 0");
  expect_refused({"convolution 3 1"}, "expected conv, down, up, join or add");
  expect_refused({"conv 3 1 big"}, "\"big\" is not known here");
  expect_refused({"down", "down"}, "layer 2, \"down\": a grid of 6 x 3 points cannot be halved");
  expect_refused({"up", "conv 3 1"}, "layer 1, \"up\": more points than the input has");
  expect_refused({"conv 3 2", "down", "join 1", "conv 3 1"},
                 "layer 3, \"join 1\": the two have other numbers of points");
  expect_refused({"conv 3 2", "add 0", "conv 3 1"}, "the two have other numbers of channels");
  expect_refused({"conv 3 2"}, "the last layer has 2 channels");
  expect_refused({"down", "conv 3 1"}, "6 x 3 points, expected one of the input's points");
  expect_refused({"conv 3 1", "down", "up"}, "the last layer is conv or add");
  expect_refused({"add 0"}, "a network without weights");
  expect_refused({"v-cycle"}, "the number of grids is missing");
  expect_refused({"v-cycle 3"}, "cannot be halved");
}

}  // namespace
}  // namespace metasolve::test::grid_network_test
