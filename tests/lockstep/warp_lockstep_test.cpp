// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "metasolve/detail/exec/team_body.hpp"
#include "tests/support/newton_sor_problem.hpp"
#include "tests/support/warp_of_threads.hpp"

/// lockstep_solve on the lanes of a warp, which are real threads here: each has its own task, and all stop for new ones
/// together.
namespace metasolve::test::warp_lockstep_test {
namespace {

using Solver = integrate::RowSolver<Robertson, double>;
using Body = exec::SolveBody<Solver>;
using kernels::LocalView;

/// Tasks with individual limits, and their results.
struct TaskBatch {
  std::vector<double> rows, theta;
  std::vector<std::int32_t> limits, status, iterations;
  std::vector<double> measure, solution, loss, history;
  static constexpr std::int32_t longest = 200;
  double gain = 2;

  explicit TaskBatch(std::size_t n) : rows(euler_rows<Robertson>(static_cast<std::int64_t>(n))) {
    theta = default_theta<Robertson>(rows);
    std::mt19937 random(4);
    for (std::size_t t = 0; t < n; ++t) limits.push_back(static_cast<std::int32_t>(random() % (longest + 1)));
    status.assign(n, -1);
    iterations.assign(n, -1);
    measure.resize(n);
    loss.resize(n);
    solution.resize(3 * n);
    history.resize(n * (longest + 1));
  }
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(limits.size()); }
  [[nodiscard]] Body body(double tolerance) {
    Body b{integrate::row_solver<Robertson, double>(rows.data(), true), {}};
    auto& a = b.arguments;
    a.slots = count();
    a.theta = {theta.data(), 4, 1};
    a.tolerance.value = tolerance;
    a.max_iterations = {limits.data(), 1};
    a.gain = &gain;
    a.surrogate = {kernels::LossKind::surrogate, kernels::LossScale::logarithm, kernels::LossValue::soft, false};
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.loss = loss.data();
    a.solution = {solution.data(), 3, 1};
    a.history = {history.data(), longest + 1, 1};
    return b;
  }
};

void run_alone(Body const& body) {
  std::vector<double> scratch(static_cast<std::size_t>(body.scratch_size()));
  Counter source{body.arguments.slots};
  body.run<double>(kernels::SoloTeam{}, source, LocalView<double>{scratch.data()}, LocalView<double>{});
}

/// Bitwise equal to each task in a warp whose other lanes are empty, and up to rounding to a single member.
void expect_as_alone(TaskBatch const& batch, double tolerance) {
  TaskBatch together = batch, alone = batch, solo = batch;
  run_on_warp(together.body(tolerance));
  for (std::int32_t slot = 0; slot < batch.count(); ++slot) {
    auto body = alone.body(tolerance);
    body.arguments.slots = 1;
    body.arguments.slot_order = &slot;
    run_on_warp(body);
  }
  EXPECT_EQ(together.status, alone.status);
  EXPECT_EQ(together.iterations, alone.iterations);
  EXPECT_EQ(together.measure, alone.measure);
  EXPECT_EQ(together.loss, alone.loss);
  EXPECT_EQ(together.solution, alone.solution);
  EXPECT_EQ(together.history, alone.history);
  run_alone(solo.body(tolerance));
  EXPECT_EQ(together.status, solo.status);
  for (std::size_t t = 0; t < together.status.size(); ++t) {
    if (together.status[t] != static_cast<int>(kernels::Status::converged)) continue;
    EXPECT_EQ(together.iterations[t], solo.iterations[t]) << t;
    EXPECT_NEAR(together.measure[t], solo.measure[t], 1e-3 * tolerance) << t;
  }
}

TEST(WarpLockstep, EachTaskIsSolvedAsOnALaneAlone) {
  for (std::size_t const n : {1, 7, 8, 9, 100}) {
    SCOPED_TRACE(n);
    expect_as_alone(TaskBatch(n), 1e-9);
  }
}

TEST(WarpLockstep, TasksThatCannotBeSetUpAreLeftBehind) {
  TaskBatch batch(60);
  for (std::size_t t = 0; t < 60; ++t) {
    if (t % 3 == 0 || t > 40) batch.rows[t * EulerRow<Robertson>::columns + 1] = -1;  // an invalid step size
  }
  expect_as_alone(batch, 1e-9);
}

TEST(WarpLockstep, NoLaneWaitsForTheSlowest) {
  constexpr std::size_t n = 400;
  TaskBatch batch(n);
  // Few converge: most reach their limit.
  auto const ballots = run_on_warp(batch.body(std::numeric_limits<double>::denorm_min()));
  std::int64_t steps = 0, waiting = 0;
  for (std::size_t first = 0; first < n; first += Warp::lanes) {
    std::int32_t most = 0;
    for (std::size_t t = first; t < first + Warp::lanes; ++t) {
      steps += batch.iterations[t];
      most = std::max(most, batch.iterations[t]);
    }
    waiting += most;
  }
  EXPECT_LT(static_cast<double>(ballots), 1.25 * static_cast<double>(steps) / Warp::lanes);
  EXPECT_GT(static_cast<double>(waiting), 1.6 * static_cast<double>(steps) / Warp::lanes) << "or this says nothing";
}

/// lockstep_differentiate on a lane works in registers, and far ahead in the reversal.
TEST(WarpLockstep, GradientsAreThoseOfALoneMember) {
  constexpr std::size_t n = 40;
  auto const differentiate = [](bool on_warp, kernels::LossKind kind, int slots) {
    TaskBatch batch(n);
    std::vector<double> gradient(4 * n, -1.0);
    auto const solve = batch.body(1e-9);
    exec::DifferentiateBody<Solver> body{solve.solver, solve.arguments, slots};
    body.arguments.solution = {};
    body.arguments.history = {};
    body.arguments.surrogate.kind = kind;
    body.arguments.theta_bar = {gradient.data(), 4, 1};
    if (on_warp) {
      run_on_warp(body);
    } else {
      std::vector<double> scratch(static_cast<std::size_t>(body.scratch_size()));
      std::vector<double> global(static_cast<std::size_t>(body.global_size()));
      Counter source{body.arguments.slots};
      body.run<double>(kernels::SoloTeam{}, source, LocalView<double>{scratch.data()},
                       LocalView<double>{global.data()});
    }
    for (auto const k : batch.iterations) gradient.push_back(k);
    return gradient;
  };
  for (auto const kind : {kernels::LossKind::surrogate, kernels::LossKind::measure}) {
    auto const whole = differentiate(true, kind, TaskBatch::longest + 2), alone = differentiate(false, kind, 12);
    EXPECT_EQ(whole, differentiate(true, kind, 12)) << "states computed again are the first ones";
    EXPECT_EQ(whole, differentiate(true, kind, 3));
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_TRUE(std::abs(whole[i] - alone[i]) <= 1e-7 * std::abs(alone[i]))
          << i << ": " << whole[i] << ", " << alone[i];
    }
    EXPECT_GT(std::count_if(whole.begin(), whole.end(), [](double x) { return x != 0; }), 2 * static_cast<long>(n));
  }
}

}  // namespace
}  // namespace metasolve::test::warp_lockstep_test
