// SPDX-License-Identifier: Apache-2.0
#include "metasolve/kernels/problems/implicit_euler_gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "metasolve/kernels/simd/pack.hpp"
#include "metasolve/kernels/simd/team.hpp"

/// The gradient body on a system that depends on time, with more parameters than directions of one evaluation, in plain
/// numbers and in packs. The public call is tested in tests/api/step_gradient_test.cpp.
namespace metasolve::implicit_euler_gradient_test {
namespace {

struct Forced {
  static constexpr char const* name = "forced";
  static constexpr int size = 2;
  static constexpr int parameters = 5;

  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const& t, Y const& y, P const& p, F& f) {
    f[0] = p[0] * t * (p[1] - y[0]) + p[2] * y[1] * y[1];
    f[1] = p[3] * exp(y[0]) - p[4] * y[1] * t * t;
  }
};

constexpr int time_at = 0, step_at = 1, parameters_at = 2, previous_at = 7, inputs = 9;
using Inputs = std::vector<double>;  // t, h, p [5], y_prev [2]

/// The root by Newton's method with differences of g, apart from the library's derivatives.
std::vector<double> root(Inputs const& in) {
  std::vector<double> y{in[previous_at], in[previous_at + 1]};
  double const h = in[step_at], at = in[time_at] + h;
  auto const residual = [&](std::vector<double> const& of) {
    double f[2];
    Forced::rate(at, of, in.data() + parameters_at, f);
    return std::vector<double>{of[0] - h * f[0] - in[previous_at], of[1] - h * f[1] - in[previous_at + 1]};
  };
  for (int k = 0; k < 50; ++k) {
    auto const g = residual(y);
    double J[2][2];
    for (std::size_t j = 0; j < 2; ++j) {
      auto up = y, down = y;
      up[j] += 1e-5, down[j] -= 1e-5;
      auto const g_up = residual(up), g_down = residual(down);
      for (std::size_t i = 0; i < 2; ++i) J[i][j] = (g_up[i] - g_down[i]) / 2e-5;
    }
    double const determinant = J[0][0] * J[1][1] - J[0][1] * J[1][0];
    y[0] -= (J[1][1] * g[0] - J[0][1] * g[1]) / determinant;
    y[1] -= (J[0][0] * g[1] - J[1][0] * g[0]) / determinant;
  }
  return y;
}

template <class Number>
void expect_slopes() {
  constexpr int count = 11;
  constexpr double bar[] = {0.8, -1.3};
  std::vector<double> rows, y, y_bar, previous(2 * count), parameters(5 * count), step(count), time(count);
  std::vector<std::int32_t> status(count, -1);
  std::vector<Inputs> tasks;
  for (int k = 0; k < count; ++k) {
    double const part = 1 + 0.1 * k;
    tasks.push_back({0.5 * part, 0.1 * part, 2, 1.5 * part, 0.3, 0.4, 0.7 * part, 1.2, 0.6});
    auto const solution = root(tasks.back());
    y.insert(y.end(), solution.begin(), solution.end());
    y_bar.insert(y_bar.end(), {bar[0], bar[1]});
  }
  kernels::ImplicitEulerGradient<Forced> body;
  for (auto const& in : tasks) rows.insert(rows.end(), in.begin(), in.end());
  for (int c = 0; c < previous_at; ++c) body.solver.system.row.column[c] = {rows.data() + c, inputs};
  body.count = count;
  body.solution = {y.data(), 2, 1};
  body.solution_bar = {y_bar.data(), 2, 1};
  body.previous_bar = {previous.data(), 2, 1};
  body.parameters_bar = {parameters.data(), 5, 1};
  body.step_bar = step.data();
  body.time_bar = time.data();
  body.status = status.data();
  std::int64_t next = 0;
  auto source = [&]() -> std::int64_t {
    std::int64_t const first = next;
    next += kernels::lanes_of<Number>;
    return first < count ? first : -1;
  };
  kernels::LocalView<Number> const none{};
  body.template run<Number>(kernels::SoloTeam{}, source, none, none);

  EXPECT_EQ(status, std::vector<std::int32_t>(count, 0));
  for (int k = 0; k < count; ++k) {
    auto const of = [&](int input) {
      if (input == time_at) return time[static_cast<std::size_t>(k)];
      if (input == step_at) return step[static_cast<std::size_t>(k)];
      if (input < previous_at) return parameters[static_cast<std::size_t>(5 * k + input - parameters_at)];
      return previous[static_cast<std::size_t>(2 * k + input - previous_at)];
    };
    for (int input = 0; input < inputs; ++input) {
      auto const moved = [&](double by) {
        auto in = tasks[static_cast<std::size_t>(k)];
        in[static_cast<std::size_t>(input)] += by;
        auto const at = root(in);
        return bar[0] * at[0] + bar[1] * at[1];
      };
      double const by = 1e-3, slope = (8 * (moved(by) - moved(-by)) - (moved(2 * by) - moved(-2 * by))) / (12 * by);
      EXPECT_NEAR(of(input), slope, 1e-8 * std::max(1.0, std::abs(slope))) << "task " << k << ", input " << input;
    }
  }
}

TEST(ImplicitEulerGradient, AgreesWithDifferencesWhereTheRateDependsOnTime) {
  expect_slopes<double>();
  expect_slopes<kernels::Pack<double>>();
}

}  // namespace
}  // namespace metasolve::implicit_euler_gradient_test
