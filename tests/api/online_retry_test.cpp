// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/cg_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/online_on.hpp"

/// Tasks that a choice fails are solved again with the caller's constants: whatever is chosen, the constants' result is
/// the worst.
namespace metasolve::online_retry_test {
namespace {

constexpr std::size_t count = 64;

class OnlineRetryOn : public test::OnlineOn {};

/// Factors that make the guess overflow, beside the constant.
TEST_P(OnlineRetryOn, AFailedChoiceCountsItsLimitAndIsFollowedByTheConstant) {
  constexpr int unknowns = 8;
  constexpr std::int32_t most = 400;
  std::vector<double> rhs, guess;
  for (std::size_t i = 0; i < count * unknowns; ++i) {
    rhs.push_back(std::sin(static_cast<double>(i)) + 1.5);
    guess.push_back(std::cos(static_cast<double>(i)));
  }
  auto solver = JacobiSolver<double>::poisson(executor(), unknowns, Measure::relative_residual, {count});
  JacobiSolver<double>::Tasks const given{
      .count = count, .rhs = {place(rhs), unknowns, 1}, .guess = {place(guess), unknowns, 1}};
  Solve<double> const solve = [&](Columns const&, Results<double> const& results, Policy const& policy) {
    solver.solve(given, {1e-6, most}, results, policy);
  };
  auto const constant = call(solve, count, unknowns, {});
  ASSERT_EQ(constant.status, std::vector<std::int32_t>(count, 0));
  OnlineMetaSolver::Options const options{
      .parameters = {{.name = "guess_scale", .low = 0, .high = 1e308, .constant = 1, .values = 2}},
      .capacity = count,
      .constant_share = 0.25};
  OnlineMetaSolver online(executor(), options);
  std::size_t retried = 0, constants = 0;
  for (int c = 0; c < 40; ++c) {
    auto const got = call(solve, count, unknowns, constants_of(options), {&online, {}});
    std::int64_t in_call = 0;
    for (std::size_t t = 0; t < count; ++t) {
      SCOPED_TRACE("call " + std::to_string(c) + ", task " + std::to_string(t));
      bool const fails = got.chosen[t] != 1;
      ASSERT_EQ(got.origin[t], fails ? Origin::retried : Origin::constant);
      EXPECT_EQ(got.iterations[t], constant.iterations[t] + (fails ? std::min(most, got.limits[t]) : 0));
      expect_same_task(got, constant, t, 0);
      in_call += fails ? 1 : 0;
      constants += fails ? 0 : 1;
    }
    EXPECT_EQ(got.tally.retried, in_call);
    EXPECT_EQ(got.tally.replaced, 0);
    retried += static_cast<std::size_t>(in_call);
  }
  EXPECT_GT(retried, 0u) << "else nothing was tested";
  EXPECT_GT(constants, 30 * count) << "what fails is soon avoided";
  auto const report = online.report();
  EXPECT_EQ(report.retried, static_cast<std::int64_t>(retried));
  EXPECT_EQ(report.constants, static_cast<std::int64_t>(constants));
}

/// First attempts that end as soon as they are dearer than expected.
TEST_P(OnlineRetryOn, AChoiceBeyondTheFirstLimitIsFollowedByTheConstant) {
  test::HeatSystems const heat(12, count, 2);
  auto const n = static_cast<std::int64_t>(heat.n);
  BatchView<double const> const features{place(heat.diffusion), 1, 1};
  CgSolver cg(executor(), heat.pattern(), {.preconditioner = PreconditionerKind::ssor}, {count});
  CgSolver::Tasks given{
      .count = count, .values = {place(heat.values), heat.entries(), 1}, .rhs = {place(heat.rhs), n, 1}};
  Solve<double> const solve = [&](Columns const& columns, Results<double> const& results, Policy const& policy) {
    given.omega = columns[0];
    cg.solve(given, {1e-8, 1000}, results, policy);
  };
  Plain<double> const plain = [&](std::vector<double> const& chosen) {
    return call(solve, count, heat.n, {{place(chosen), 1}});
  };
  auto options = test::online_options({.name = "omega", .low = 0.01, .high = 1.99, .constant = 1.2}, count);
  options.first_limit = 1;
  auto const of = expect_plain_calls<double>(options, solve, plain, count, heat.n, features, 1000, 40);
  EXPECT_GT(of[2], 0u) << "retried";
}

/// Where the constant does not converge either, its outcome is the task's.
TEST_P(OnlineRetryOn, WhatTheConstantCannotSolveEndsAsWithTheConstant) {
  test::HeatSystems const heat(12, count, 2);
  auto const n = static_cast<std::int64_t>(heat.n);
  std::vector<std::int32_t> limits(count, 1000);
  for (std::size_t t = 0; t < count; t += 3) limits[t] = 2;
  auto rhs = heat.rhs;
  rhs[5 * heat.n] = std::nan("");
  BatchView<double const> const features{place(heat.diffusion), 1, 1};
  CgSolver cg(executor(), heat.pattern(), {.preconditioner = PreconditionerKind::ssor}, {count});
  CgSolver::Tasks given{.count = count, .values = {place(heat.values), heat.entries(), 1}, .rhs = {place(rhs), n, 1}};
  Column<std::int32_t> const most{place(limits), 1};
  Solve<double> const solve = [&](Columns const& columns, Results<double> const& results, Policy const& policy) {
    given.omega = columns[0];
    cg.solve(given, {1e-8, most}, results, policy);
  };
  auto const options = test::online_options({.name = "omega", .low = 1, .high = 1.9, .constant = 1.2}, count);
  auto const constant = call(solve, count, heat.n, constants_of(options));
  OnlineMetaSolver online(executor(), options);
  for (int c = 0; c < 10; ++c) {
    auto const got = call(solve, count, heat.n, constants_of(options), {&online, features});
    EXPECT_EQ(got.status, constant.status);
    for (std::size_t t = 0; t < count; ++t) {
      if (constant.status[t] == 0) continue;
      SCOPED_TRACE("call " + std::to_string(c) + ", task " + std::to_string(t));
      expect_same_task(got, constant, t, 0);
      ASSERT_NE(got.origin[t], Origin::chosen);
      bool const again = got.origin[t] == Origin::retried;
      EXPECT_EQ(got.iterations[t], constant.iterations[t] + (again ? std::min(limits[t], got.limits[t]) : 0));
    }
  }
}

METASOLVE_ON_EXECUTORS(OnlineRetryOn);

}  // namespace
}  // namespace metasolve::online_retry_test
