// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "metasolve/detail/estimate/estimator.hpp"

/// Many gradients of one loss at one place, and their mean and variance beside the closed form.
namespace metasolve::test {

using estimate::Estimator;
using estimate::ParameterSpace;
using Kind = ParameterSpace::Kind;

/// Numbers without a pattern, in [-1, 1].
inline double mixed(double i) { return std::sin(12.9898 * i + 78.233); }

inline ParameterSpace reals(int d, double scale = 1) {
  ParameterSpace space;
  for (int i = 0; i < d; ++i) space.add({.kind = Kind::real, .scale = scale});
  return space;
}
/// Kinds without rounding in turn, with ranges of several sizes.
inline ParameterSpace smooth_space(int d) {
  ParameterSpace space;
  for (int i = 0; i < d; ++i) {
    if (i % 3 == 0) space.add({.kind = Kind::bounded, .low = 0, .high = 1});
    if (i % 3 == 1) space.add({.kind = Kind::real, .scale = 2.5});
    if (i % 3 == 2) space.add({.kind = Kind::bounded, .low = -4, .high = 20});
  }
  return space;
}
inline std::vector<double> inside(ParameterSpace const& space) {
  std::vector<double> theta;
  for (auto const& e : space.entries) {
    double const share = 0.5 + 0.35 * mixed(static_cast<double>(theta.size()));
    theta.push_back(e.kind == Kind::real ? share : e.low + share * (e.high - e.low));
  }
  return theta;
}

/// c . x + curvature / 2 x' A x with a symmetric A. slopes: of the linear part, in steps of the entries' units at
/// theta.
struct Quadratic {
  Quadratic(ParameterSpace const& space, std::vector<double> const& theta, double with_curvature)
      : origin(theta), curvature(with_curvature) {
    for (std::size_t i = 0; i < theta.size(); ++i) {
      unit.push_back(ParameterSpace::unit(space.entries[i], theta[i]));
      slope.push_back((1 + mixed(0.7 + static_cast<double>(i))) / unit.back());
    }
  }
  double operator()(double const* x) const {
    double sum = 3, along = 0;
    for (std::size_t i = 0; i < slope.size(); ++i) {
      double const off = (x[i] - origin[i]) / unit[i];
      sum += slope[i] * unit[i] * off + curvature * off * off;
      along += mixed(static_cast<double>(i)) * off;
    }
    return sum + curvature * along * along;
  }
  [[nodiscard]] double square() const {  ///< |g|^2 at theta, in units
    double sum = 0;
    for (std::size_t i = 0; i < slope.size(); ++i) sum += std::pow(slope[i] * unit[i], 2);
    return sum;
  }
  std::vector<double> origin, unit, slope;
  double curvature;
};

/// Gradients [n][coordinates] of n tasks with the same theta, numbered from first_number on.
template <class Loss>
std::vector<double> sample(Estimator& estimator, ParameterSpace const& space, std::vector<double> const& theta,
                           std::int64_t n, Loss const& loss, std::int64_t step = 0) {
  std::vector<double> all;
  for (std::int64_t i = 0; i < n; ++i) all.insert(all.end(), theta.begin(), theta.end());
  std::vector<std::int32_t> number(static_cast<std::size_t>(n));
  std::iota(number.begin(), number.end(), 0);
  estimate::Batch const batch{.tasks = n, .theta = all.data(), .number = number.data(), .step = step};
  auto const probes = static_cast<std::size_t>(estimator.probes() * n);
  auto const width = static_cast<std::size_t>(space.parameters());
  std::vector<double> points(probes * width), losses(probes), gradient(all.size());
  std::vector<char> failed(probes);
  estimator.place(batch, points.data());
  for (std::size_t p = 0; p < probes; ++p) losses[p] = loss(points.data() + p * width);
  estimator.estimate(batch, points.data(), {losses.data(), failed.data()}, gradient.data());
  return gradient;
}

/// The mean of the samples is the expected gradient, within 5 standard errors.
inline void expect_mean(std::vector<double> const& samples, std::vector<double> const& expected) {
  auto const d = expected.size(), n = samples.size() / d;
  for (std::size_t i = 0; i < d; ++i) {
    double sum = 0, squares = 0;
    for (std::size_t s = 0; s < n; ++s) {
      double const off = samples[s * d + i] - expected[i];
      sum += off;
      squares += off * off;
    }
    auto const count = static_cast<double>(n);
    double const error = std::sqrt(squares) / count;
    EXPECT_TRUE(std::abs(sum / count) <= 5 * error + 1e-6 * (std::abs(expected[i]) + 1e-6))
        << "coordinate " << i << ": mean " << sum / count + expected[i] << ", expected " << expected[i]
        << ", standard error " << error;
  }
}

/// The variance, summed over the coordinates in units, within 5 of its standard errors. tolerance: of rounding.
inline void expect_variance(std::vector<double> const& samples, std::vector<double> const& mean,
                            std::vector<double> const& unit, double expected, double tolerance) {
  auto const d = mean.size(), n = samples.size() / d;
  double sum = 0, squares = 0;
  for (std::size_t s = 0; s < n; ++s) {
    double total = 0;
    for (std::size_t i = 0; i < d; ++i) total += std::pow((samples[s * d + i] - mean[i]) * unit[i], 2);
    sum += total;
    squares += total * total;
  }
  auto const count = static_cast<double>(n);
  double const variance = sum / count;
  double const error = std::sqrt(std::max(0.0, squares / count - variance * variance) / count);
  EXPECT_TRUE(std::abs(variance - expected) <= 5 * error + tolerance)
      << "variance " << variance << ", expected " << expected << ", standard error " << error;
}

}  // namespace metasolve::test
