// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/jacobi_problem.hpp"
#include "tests/support/newton_sor_problem.hpp"

/// Gradients along a direction (lockstep_tangent with several parameters): along each coordinate they are the adjoint's
/// entries; along random directions their mean is the adjoint's gradient, and their variance (d - 1) |g|^2
/// (docs/adjoints/forward.md).
namespace metasolve::forward_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::RandomDirection;
using namespace test;

constexpr int unknowns = 12;
constexpr std::int64_t tasks = 11;  // not a multiple of any pack width

/// Along one parameter.
struct Coordinate {
  int at;
  struct Entries {
    int at;
    int operator()(int p) const { return p == at ? 1 : 0; }
  };
  [[nodiscard]] Entries of(std::int64_t) const { return {at}; }
};

std::vector<RunSettings<double>> settings_of_losses() {
  return {{{1e-6}, {40}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft, false}},
          {{1e-6}, {40}, {LossKind::surrogate, LossScale::linear, LossValue::soft, false}, 3},
          {{0.0}, {7}, {LossKind::measure, LossScale::linear, LossValue::soft, true}}};
}

double largest(std::vector<double> const& values) {
  double most = 0;
  for (double const x : values) most = std::max(most, std::abs(x));
  return most;
}

/// rounding: relative to the largest entry of the task's gradient.
template <class Number, class Solver>
void expect_the_adjoint_along_coordinates(Solver const& solver, std::vector<double> const& theta, double rounding) {
  int const d = solver.parameter_size();
  for (auto const& settings : settings_of_losses()) {
    auto const adjoint = run_lockstep<Number>(solver, theta, tasks, settings, Way::adjoint);
    ASSERT_GT(largest(adjoint.theta_bar), 0.0);
    for (int p = 0; p < d; ++p) {
      auto const along = run_lockstep<Number>(solver, theta, tasks, settings, Way::tangent, Coordinate{p});
      EXPECT_EQ(along.status, adjoint.status);
      EXPECT_EQ(along.iterations, adjoint.iterations);
      for (std::int64_t t = 0; t < tasks; ++t) {
        auto const row = rows_of(adjoint.theta_bar, t, 1, d);
        for (int i = 0; i < d; ++i) {
          double const found = along.theta_bar[static_cast<std::size_t>(t * d + i)];
          double const expected = i == p ? row[static_cast<std::size_t>(i)] : 0;
          EXPECT_NEAR(found, expected, rounding * largest(row)) << "task " << t << ", parameter " << i;
        }
      }
    }
  }
}

/// To rounding, which the width of the vectors decides: up to 3e-11 with 256 bits, 1e-11 with 512.
TEST(Forward, AlongACoordinateIsTheAdjointsEntry) {
  JacobiProblem<double> const p(unknowns, tasks, 7);
  for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
    expect_the_adjoint_along_coordinates<double>(p.stencil(measure), p.theta, 1e-10);
    expect_the_adjoint_along_coordinates<Pack<double>>(p.stencil(measure), p.theta, 1e-10);
    expect_the_adjoint_along_coordinates<Pack<double>>(p.csr(measure), p.theta, 1e-10);
  }
}

TEST(Forward, AlongACoordinateIsTheAdjointsEntryForNewtonSor) {
  auto const rows = euler_rows<Robertson>(tasks);
  auto theta = default_theta<Robertson>(rows);
  for (std::size_t i = 0; i < theta.size(); ++i) {
    theta[i] = i % 4 == 0 ? 1.2 : theta[i] + 0.02 * random::Draws(8, random::Stream::test_tasks, i).normal(0);
  }
  auto const solver = integrate::row_solver<Robertson, double>(rows.data(), false);
  expect_the_adjoint_along_coordinates<double>(solver, theta, 1e-9);
  expect_the_adjoint_along_coordinates<Pack<double>>(solver, theta, 1e-9);
}

TEST(Forward, MeanAndVarianceAlongRandomDirectionsAreThoseOfTheClosedForm) {
  JacobiProblem<double> const p(unknowns, tasks, 7);
  auto const solver = p.csr(Measure::relative_error);
  auto const settings = settings_of_losses().front();
  auto const exact = run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, Way::adjoint).theta_bar;
  constexpr std::int64_t draws = 4000;
  std::vector<double> mean(exact.size(), 0.0), variance(tasks, 0.0);
  for (std::int64_t update = 0; update < draws; ++update) {
    auto const found =
        run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, Way::tangent, RandomDirection{5, &update});
    for (std::size_t i = 0; i < exact.size(); ++i) {
      mean[i] += found.theta_bar[i] / draws;
      variance[i / unknowns] += std::pow(found.theta_bar[i] - exact[i], 2) / draws;
    }
  }
  for (std::size_t t = 0; t < tasks; ++t) {
    double square = 0, off = 0;
    for (std::size_t i = t * unknowns; i < (t + 1) * unknowns; ++i) {
      square += exact[i] * exact[i];
      off += std::pow(mean[i] - exact[i], 2);
    }
    ASSERT_GT(square, 0.0);
    double const expected = (unknowns - 1) * square;
    // The square of the slope has at most the variance 2 |g|^4.
    double const deviation = unknowns * square * std::sqrt(2.0 / draws);
    EXPECT_NEAR(variance[t], expected, 4 * deviation) << "task " << t;
    EXPECT_LE(off, 3 * expected / draws) << "task " << t;  // its mean is expected / draws
    EXPECT_GE(off, 0.1 * expected / draws) << "task " << t << ": the directions are not random";
  }
}

TEST(Forward, ADirectionDependsOnSeedUpdateTaskAndEntryAlone) {
  std::int64_t const update = 3, next = 4;
  auto const bits_of = [](RandomDirection const& direction, std::int64_t task) {
    std::uint64_t bits = 0;
    for (int p = 0; p < 64; ++p) {
      int const entry = direction.of(task)(p);
      EXPECT_EQ(std::abs(entry), 1);
      bits = bits << 1 | static_cast<std::uint64_t>(entry > 0);
    }
    return bits;
  };
  auto const bits = bits_of({1, &update}, 2);
  EXPECT_EQ(bits_of({1, &update}, 2), bits);
  EXPECT_NE(bits_of({2, &update}, 2), bits);
  EXPECT_NE(bits_of({1, &next}, 2), bits);
  EXPECT_NE(bits_of({1, &update}, 3), bits);
}

TEST(Forward, ATasksGradientDoesNotDependOnTheOthers) {
  JacobiProblem<double> const p(unknowns, tasks, 7);
  auto const solver = p.stencil(Measure::relative_error);
  auto settings = settings_of_losses().front();
  std::int64_t const update = 9;
  RandomDirection const direction{5, &update};
  auto const whole = run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, Way::tangent, direction);
  for (std::int32_t i = 0; i < tasks; ++i) settings.slot_order.push_back((i * 3 + 5) % static_cast<int>(tasks));
  auto const other = run_lockstep<Pack<double>>(solver, p.theta, tasks, settings, Way::tangent, direction);
  EXPECT_EQ(other.theta_bar, whole.theta_bar);
  EXPECT_EQ(other.loss, whole.loss);
  // The same task in another slot.
  settings.slot_order.clear();
  settings.task_of_slot = {7, 2};
  auto theta = rows_of(p.theta, 7, 1, unknowns);
  for (double const x : rows_of(p.theta, 2, 1, unknowns)) theta.push_back(x);
  auto expected = rows_of(whole.theta_bar, 7, 1, unknowns);
  for (double const x : rows_of(whole.theta_bar, 2, 1, unknowns)) expected.push_back(x);
  EXPECT_EQ(run_lockstep<Pack<double>>(solver, theta, 2, settings, Way::tangent, direction).theta_bar, expected);
}

TEST(Forward, ATaskThatFailsHasNoGradient) {
  JacobiProblem<double> p(unknowns, tasks, 7);
  p.theta[4 * unknowns] = std::numeric_limits<double>::infinity();
  auto const found = run_lockstep<Pack<double>>(p.stencil(Measure::relative_error), p.theta, tasks,
                                                settings_of_losses().front(), Way::tangent, RandomDirection{});
  for (std::int64_t t = 0; t < tasks; ++t) {
    EXPECT_EQ(largest(rows_of(found.theta_bar, t, 1, unknowns)) > 0, t != 4) << "task " << t;
  }
}

}  // namespace
}  // namespace metasolve::forward_test
