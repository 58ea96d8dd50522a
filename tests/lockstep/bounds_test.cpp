// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/detail/integrate/row_solver.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/kernels/solvers/anderson_sor.hpp"
#include "metasolve/kernels/solvers/newton.hpp"

/// Roots outside a system's declared bounds: never reported as converged, and abandoned for valid ones.
namespace metasolve::bounds_test {
namespace {

using kernels::Status;

constexpr auto converged = static_cast<std::int32_t>(Status::converged);
constexpr auto breakdown = static_cast<std::int32_t>(Status::breakdown);

/// y' = k (c - y^2): a step has one root of each sign. With c = p1 = 0 and k = 0: y' = p2.
struct TwoRoots {
  static constexpr int size = 1, parameters = 3;
  template <class T, class Y, class P, class F>
  METASOLVE_HD static void rate(T const&, Y const& y, P const& p, F& f) {
    f[0] = p[0] * (p[1] - y[0] * y[0]) + p[2];
  }
};
struct Nonnegative : TwoRoots {
  static constexpr bool nonnegative = true;
};
/// Only the negative root is valid.
struct Nonpositive : TwoRoots {
  METASOLVE_HD static constexpr double upper_bound(int) { return 0; }
};
/// At least 1/2, at most 2.
struct Between : TwoRoots {
  METASOLVE_HD static constexpr double lower_bound(int) { return 0.5; }
  METASOLVE_HD static constexpr double upper_bound(int) { return 2; }
};
static_assert(!kernels::BoundsOf<TwoRoots>::declared && kernels::BoundsOf<Nonnegative>::declared);

struct Task {
  double h, k, c, slope, relaxation, previous, guess;
};

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> y;
};

constexpr double was_there = 777;

/// Solves as the engine does.
template <template <class> class Method, class O>
Outcome solve(std::vector<Task> const& tasks, double tolerance = 1e-12, bool confirms = true) {
  using Solver = Method<kernels::ImplicitEuler<O, double>>;
  std::vector<double> rows, theta;
  for (auto const& t : tasks) {
    rows.insert(rows.end(), {0, t.h, t.k, t.c, t.slope, t.relaxation, t.previous});
    theta.insert(theta.end(), {t.relaxation, t.guess});
  }
  auto const n = tasks.size();
  Outcome out{std::vector<std::int32_t>(n, -1), std::vector<std::int32_t>(n, -1), std::vector<double>(n, was_there)};
  kernels::LockstepArguments<double> a;
  a.slots = static_cast<std::int64_t>(n);
  a.theta = {theta.data(), 2, 1};
  a.tolerance.value = tolerance;
  a.max_iterations.value = 1000;
  a.confirms = confirms;
  a.status = out.status.data();
  a.iterations = out.iterations.data();
  a.solution = {out.y.data(), 1, 1};
  exec::CpuExec exec(1);
  exec::SolveBody<Solver> const body{integrate::on_rows<Solver>(rows.data(), false), a};
  exec::Buffer<std::byte> workspace(exec, exec.team_bytes(body, a.slots));
  exec.launch_teams(body, workspace.data(), a.slots);
  return out;
}

/// The root of y - h k (c - y^2) = previous that has the sign of k and previous.
double root(Task const& t) {
  double const a = t.h * std::abs(t.k), b = a * t.c + std::abs(t.previous);
  return std::copysign((std::sqrt(1 + 4 * a * b) - 1) / (2 * a), t.k);
}

/// Guesses on both sides. sign: -1 for the mirror image.
std::vector<Task> two_sided(double sign) {
  std::vector<Task> tasks;
  for (double const h : {0.01, 0.4, 30.0}) {
    for (double const guess : {-3.0, -0.9, 0.2, 4.0}) {
      for (double const r : {0.7, 1.0, 1.3, 1.6}) tasks.push_back({h, sign * 2.5, 1.7, 0, r, sign * 0.3, sign * guess});
    }
  }
  return tasks;
}

template <template <class> class Method, class O>
void expect_roots(double sign) {
  auto const tasks = two_sided(sign);
  auto const free = solve<Method, TwoRoots>(tasks), bound = solve<Method, O>(tasks);
  int wrong_before = 0;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    double const right = root(tasks[t]);
    ASSERT_EQ(free.status[t], converged);
    EXPECT_EQ(bound.status[t], converged) << t;
    EXPECT_NEAR(bound.y[t], right, 1e-10 * std::abs(right)) << t;
    bool const was_right = std::abs(free.y[t] - right) <= 1e-10 * std::abs(right);
    wrong_before += was_right ? 0 : 1;
    if (was_right) {
      EXPECT_EQ(bound.y[t], free.y[t]) << "its bits";
      EXPECT_EQ(bound.iterations[t], free.iterations[t]);
    } else {
      EXPECT_GT(bound.iterations[t], free.iterations[t]);
    }
    // Neighbours do not affect it.
    auto const alone = solve<Method, O>({tasks[t]});
    EXPECT_EQ(alone.y[0], bound.y[t]) << t;
    EXPECT_EQ(alone.iterations[0], bound.iterations[t]) << t;
  }
  EXPECT_GE(wrong_before, 10) << "a check against nothing";
}
TEST(Bounds, NewtonSorGoesOnToTheRootWithin) {
  expect_roots<kernels::NewtonSor, Nonnegative>(1);
  expect_roots<kernels::NewtonSor, Nonpositive>(-1);
}
TEST(Bounds, AcceleratedSweepsGoOnToTheRootWithin) {
  expect_roots<kernels::AndersonSor, Nonnegative>(1);
  expect_roots<kernels::AndersonSor, Nonpositive>(-1);
}
TEST(Bounds, NewtonGoesOnToTheRootWithin) { expect_roots<kernels::Newton, Nonnegative>(1); }

TEST(Bounds, LowerAndUpperHoldTogether) {
  // 1.2 is valid; 3 is above, where nothing else is; the others begin outside and are led inside.
  auto const step_to = [](double y, double guess) { return Task{1, 0, 0, 0, 1, y, guess}; };
  auto const out =
      solve<kernels::NewtonSor, Between>({step_to(1.2, 1.2), step_to(1.2, 9), {1, 1, 2.25, 0, 1, 1.5, -2}});
  EXPECT_EQ(out.status, std::vector<std::int32_t>(3, converged));
  EXPECT_DOUBLE_EQ(out.y[0], 1.2);
  EXPECT_DOUBLE_EQ(out.y[1], 1.2);
  EXPECT_NEAR(out.y[2], 1.5, 1e-12);
}

/// y' = -1 for longer than the state stays above 0.
TEST(Bounds, ARootOutsideAloneIsABreakdown) {
  Task const left{0.5, 0, 0, -1, 1, 2, 2}, gone{3, 0, 0, -1, 1, 2, 2};
  auto const out = solve<kernels::NewtonSor, Nonnegative>({left, gone, left});
  EXPECT_EQ(out.status, (std::vector<std::int32_t>{converged, breakdown, converged}));
  EXPECT_EQ(out.y, (std::vector<double>{1.5, was_there, 1.5}));
  EXPECT_EQ(out.iterations[1], 1000) << "as its limit";
  auto const free = solve<kernels::NewtonSor, TwoRoots>({gone});
  EXPECT_EQ(free.status[0], converged);
  EXPECT_EQ(free.y[0], -1);
  auto const unlooked = solve<kernels::NewtonSor, Nonnegative>({gone}, 1e-12, false);
  EXPECT_EQ(unlooked.y[0], -1) << "as training has it";
}

TEST(Bounds, WhatRoundingTheToleranceAndThePreviousStateLeaveOutsideStays) {
  Task const decays{1, 0, 0, 0, 1, -1e-20, -1e-20};
  for (double const tolerance : {1e-12, 1e-30}) {  // the second is an exact root, as far outside as y_prev
    auto const out = solve<kernels::NewtonSor, Nonnegative>({decays}, tolerance);
    EXPECT_EQ(out.status[0], converged);
    EXPECT_EQ(out.y[0], -1e-20);
  }
  // Within the tolerance of a root at 0.
  auto const near = solve<kernels::NewtonSor, Nonnegative>({{1, 1, 0, 0, 1, 0, -1e-5}}, 1e-4);
  EXPECT_EQ(near.status[0], converged);
  EXPECT_EQ(near.y[0], -1e-5);
  EXPECT_EQ(near.iterations[0], 0);
  // A previous state that is itself outside: the step may be so by as much, and no more.
  auto const before =
      solve<kernels::NewtonSor, Nonnegative>({{1e-3, 0, 0, 0, 1, -1e-3, -1e-3}, {1, 0, 0, -1, 1, -0.5, 0}});
  EXPECT_EQ(before.status, (std::vector<std::int32_t>{converged, breakdown}));
  EXPECT_DOUBLE_EQ(before.y[0], -1e-3);
}

/// The only step of Robertson's reaction from y >= 0 without negative concentrations. In terms of y2 alone, with y1 = s
/// - y2 - y3 and y3 = y3_prev + h c2 y2^2, the second equation increases.
std::array<double, 3> robertson_step(std::array<double, 3> const& y, std::array<double, 3> const& c, double h) {
  double const s = y[0] + y[1] + y[2];
  double low = 0, high = s;
  for (int i = 0; i < 2000 && low < high; ++i) {
    double const y2 = 0.5 * (low + high), y3 = y[2] + h * c[1] * y2 * y2;
    if (y2 == low || y2 == high) break;
    double const g = y2 - y[1] - h * (c[0] * (s - y2 - y3) - c[2] * y2 * y3 - c[1] * y2 * y2);
    (g > 0 ? high : low) = y2;
  }
  double const y3 = y[2] + h * c[1] * low * low;
  return {s - low - y3, low, y3};
}

TEST(Bounds, RobertsonsStepsAreThoseOfTheReaction) {
  struct Start {
    std::array<double, 3> y, c;
  };
  std::vector<Start> const starts{{{1, 0, 0}, {0.04, 3e7, 1e4}},
                                  {{1, 0, 0}, {0.3, 2e8, 500}},
                                  {{0.7, 0, 0.3}, {0.01, 1e6, 3e3}},
                                  {{2, 1e-5, 0}, {0.07, 8e7, 2e4}}};
  std::vector<double> previous, parameters, step, relaxation;
  std::vector<std::array<double, 3>> right;
  for (auto const& start : starts) {
    for (double h = 1e-3; h < 2e3; h *= 3) {
      for (double r = 0.85; r < 1.9; r += 0.15) {
        previous.insert(previous.end(), start.y.begin(), start.y.end());
        parameters.insert(parameters.end(), start.c.begin(), start.c.end());
        step.push_back(h);
        relaxation.push_back(r);
        right.push_back(robertson_step(start.y, start.c, h));
      }
    }
  }
  auto const n = step.size();
  auto const count = static_cast<std::int64_t>(n);
  std::vector<std::int32_t> status(n);
  std::vector<double> y(3 * n);
  ImplicitEulerSolver solver(Executor::cpu(1), {}, {.capacity = count});
  solver.solve({.count = count,
                .previous = {previous.data(), 3, 1},
                .parameters = {parameters.data(), 3, 1},
                .step = {step.data(), 1},
                .relaxation = {relaxation.data(), 1}},
               {.tolerance = 1e-10, .max_iterations = 2000}, {.status = status.data(), .solution = {y.data(), 3, 1}});
  std::size_t solved = 0;
  for (std::size_t t = 0; t < n; ++t) {
    if (status[t] != converged) continue;
    ++solved;
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(y[3 * t + i], right[t][i], 1e-8) << "h = " << step[t] << ", r = " << relaxation[t] << ", y" << i + 1;
    }
  }
  EXPECT_GE(solved, n / 2);
}

}  // namespace
}  // namespace metasolve::bounds_test
