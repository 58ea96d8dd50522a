// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tests/support/qp_problem.hpp"
#include "tests/support/run_lockstep.hpp"

/// The alternating direction method of multipliers: optimality of what it returns, certificates, factors from a
/// codebook, and adjoints compared with central differences.
namespace metasolve::test::admm_test {
namespace {

using kernels::Admm;
using kernels::AdmmFactor;
using kernels::AdmmStart;
using kernels::Pack;
using kernels::Status;
using sparse::at;

constexpr int variables = 7, rows = 12;
constexpr std::int64_t count = 19;

RunSettings<double> until(double tolerance, std::int32_t limit) { return {{tolerance}, {limit}, {}}; }

struct Admms : testing::TestWithParam<std::tuple<bool, AdmmStart>> {
  [[nodiscard]] static bool shares() { return std::get<0>(GetParam()); }
  [[nodiscard]] static AdmmStart start() { return std::get<1>(GetParam()); }
};

TEST_P(Admms, FindsPointsThatAreOptimal) {
  QpProblem const problem(variables, rows, count, shares());
  auto const solver = problem.solver(start());
  auto const run = run_lockstep<Pack<double>>(solver, problem.theta(solver), count, until(1e-11, 20000), Way::solve);
  for (std::int64_t t = 0; t < count; ++t) {
    ASSERT_EQ(run.status[at(t)], static_cast<int>(Status::converged)) << t;
    double const* const x = run.solution.data() + t * solver.state_size();
    double const* const y = x + variables;
    double const* const p = problem.p.data() + (shares() ? 0 : at(t) * problem.p_cols.size());
    double const* const a = problem.a.data() + (shares() ? 0 : at(t) * problem.a_cols.size());
    std::vector<double> slope(problem.q.begin() + t * variables, problem.q.begin() + (t + 1) * variables);
    for (int i = 0; i < variables; ++i) {
      for (auto e = at(problem.p_ptrs[at(i)]); e < at(problem.p_ptrs[at(i) + 1]); ++e) {
        auto const j = problem.p_cols[e];
        slope[at(i)] += p[e] * x[j];
        if (j != i) slope[at(j)] += p[e] * x[i];
      }
    }
    for (int i = 0; i < rows; ++i) {
      double ax = 0;
      for (auto e = at(problem.a_ptrs[at(i)]); e < at(problem.a_ptrs[at(i) + 1]); ++e) {
        ax += a[e] * x[problem.a_cols[e]];
        slope[at(problem.a_cols[e])] += a[e] * y[i];
      }
      double const l = problem.lower[at(t * rows + i)], u = problem.upper[at(t * rows + i)];
      EXPECT_GE(ax, l - 1e-9);
      EXPECT_LE(ax, u + 1e-9);
      if (y[i] > 1e-9) {
        EXPECT_NEAR(ax, u, 1e-9) << "task " << t << ", row " << i;
      }
      if (y[i] < -1e-9) {
        EXPECT_NEAR(ax, l, 1e-9) << "task " << t << ", row " << i;
      }
    }
    for (auto const s : slope) EXPECT_NEAR(s, 0, 1e-9);
  }
}

TEST_P(Admms, GivesATaskTheSameBitsAloneAndAmongOthers) {
  QpProblem const problem(variables, rows, count, shares());
  auto const solver = problem.solver(start());
  auto const theta = problem.theta(solver);
  auto const settings = until(1e-6, 500);
  auto const all = run_lockstep<Pack<double>>(solver, theta, count, settings, Way::solve);
  auto const size = at(solver.parameter_size()), state = at(solver.state_size());
  for (std::int64_t t = 0; t < count; ++t) {
    auto alone_settings = settings;
    alone_settings.task_of_slot = {static_cast<std::int32_t>(t)};
    std::vector<double> const own(theta.begin() + t * size, theta.begin() + (t + 1) * size);
    auto const alone = run_lockstep<Pack<double>>(solver, own, 1, alone_settings, Way::solve);
    EXPECT_EQ(alone.iterations[0], all.iterations[at(t)]);
    EXPECT_EQ(alone.measure[0], all.measure[at(t)]);
    EXPECT_TRUE(std::equal(alone.solution.begin(), alone.solution.begin() + variables + rows,
                           all.solution.begin() + at(t) * state));
  }
  auto const single = run_lockstep<double>(solver, theta, count, settings, Way::solve);
  EXPECT_EQ(single.iterations, all.iterations);
}

TEST_P(Admms, HasTheGradientOfDifferences) {
  constexpr std::int64_t few = 5;
  for (bool const scales : {false, true}) {
    QpProblem const problem(variables, rows, few, shares());
    auto solver = problem.solver(start());
    std::vector<double> const given{3, 5};
    if (scales) solver.tasks.scales = {given.data(), 0, 1};
    auto theta = problem.theta(solver);
    auto settings = until(1e-3, 12);
    auto const loss = [&] { return run_lockstep<Pack<double>>(solver, theta, few, settings, Way::adjoint); };
    // Tolerances halfway between two measures: a difference does not change the count.
    auto const history = run_lockstep<double>(solver, theta, few, until(0, 12), Way::solve).history;
    settings.tolerance.clear();
    for (std::int64_t t = 0; t < few; ++t) {
      auto const of = history.begin() + t * 13;
      settings.tolerance.push_back(0.9 * *std::min_element(of, of + 9));
    }
    auto const adjoint = loss();
    auto const size = at(solver.parameter_size());
    int checked = 0;
    for (std::size_t k = 0; k < size * at(few); ++k) {
      double const before = theta[k];
      // Two steps that agree: no kink between.
      auto const difference = [&](double h) {
        theta[k] = before + h;
        auto const up = loss();
        theta[k] = before - h;
        auto const down = loss();
        theta[k] = before;
        auto const t = k / size;
        return up.iterations == down.iterations ? (up.loss[t] - down.loss[t]) / (2 * h) : NAN;
      };
      double const d = difference(1e-6), again = difference(3e-6);
      if (!(std::abs(d - again) <= 1e-6 * (1 + std::abs(d)))) continue;
      EXPECT_NEAR(adjoint.theta_bar[k], d, 3e-6 * (1 + std::abs(d)))
          << "parameter " << k % size << " of task " << k / size;
      checked += std::abs(d) > 1e-6 ? 1 : 0;
    }
    EXPECT_GT(checked, static_cast<int>(size)) << "too few derivatives without a kink";
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Admms,
                         testing::Combine(testing::Bool(),
                                          testing::Values(AdmmStart::cold, AdmmStart::primal_dual, AdmmStart::dual)));

TEST(Admm, CertifiesThatThereIsNoSolution) {
  QpProblem problem(variables, rows, 3, true);
  // Row 3 is 0: it can be neither 1 nor 2.
  std::fill(problem.a.begin() + problem.a_ptrs[3], problem.a.begin() + problem.a_ptrs[4], 0.0);
  for (std::size_t t = 0; t < 3; ++t) {
    problem.lower[t * rows + 3] = t == 0 ? 1 : -1;
    problem.upper[t * rows + 3] = 2;
  }
  auto solver = problem.solver(AdmmStart::cold);
  solver.settings.certificate = 1e-6;
  auto run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 3, until(1e-9, 20000), Way::solve);
  EXPECT_EQ(run.status[0], static_cast<int>(Status::primal_infeasible));
  EXPECT_EQ(run.status[2], static_cast<int>(Status::converged));
  double largest = 0;
  for (int i = 0; i < rows; ++i) largest = std::max(largest, std::abs(run.solution[at(variables + i)]));
  EXPECT_EQ(largest, 1) << "the certificate is normalised";
  EXPECT_EQ(run.solution[variables + 3], -1);

  for (auto& l : problem.lower) l = -QpProblem::infinite;
  for (auto& u : problem.upper) u = QpProblem::infinite;
  for (auto& w : problem.weight) w = -1e-6;
  for (auto& x : problem.p) x = 0;
  run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 3, until(1e-9, 20000), Way::solve);
  for (auto const s : run.status) EXPECT_EQ(s, static_cast<int>(Status::dual_infeasible));
}

TEST(Admm, CertifiesTheSameInOtherUnits) {
  for (double const of_p : {1e-8, 1.0, 1e8}) {
    for (double const of_a : {1e-5, 1.0, 1e5}) {
      QpProblem problem(variables, rows, 8, true);
      for (auto& x : problem.p) x *= of_p;
      for (auto& x : problem.q) x *= of_p;
      for (auto& x : problem.a) x *= of_a;
      for (auto* const bounds : {&problem.lower, &problem.upper}) {
        for (auto& x : *bounds) x *= of_a;
      }
      for (auto& w : problem.weight) w *= of_p / (of_a * of_a);
      auto solver = problem.solver(AdmmStart::cold);
      solver.settings.sigma *= of_p;
      solver.settings.certificate = 1e-4;
      std::vector<double> const scales{of_a, of_p};
      solver.tasks.scales = {scales.data(), 0, 1};
      auto run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 8, until(1e-9, 20000), Way::solve);
      for (auto const s : run.status) EXPECT_EQ(s, static_cast<int>(Status::converged)) << of_p << ' ' << of_a;
      std::fill(problem.a.begin() + problem.a_ptrs[3], problem.a.begin() + problem.a_ptrs[4], 0.0);
      for (std::size_t t = 0; t < 8; ++t) {
        problem.lower[t * rows + 3] = of_a;
        problem.upper[t * rows + 3] = 2 * of_a;
      }
      run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 8, until(1e-9, 20000), Way::solve);
      for (auto const s : run.status) EXPECT_EQ(s, static_cast<int>(Status::primal_infeasible)) << of_p << ' ' << of_a;
    }
  }
}

TEST(Admm, RefusesWhatIsNotAConvexProgram) {
  QpProblem problem(variables, rows, 3, false);
  problem.lower[0] = problem.upper[0] + 1;                                                               // task 0
  for (std::size_t e = 0; e < problem.p_cols.size(); ++e) problem.p[problem.p_cols.size() + e] *= -100;  // task 1
  auto const solver = problem.solver(AdmmStart::cold);
  auto const run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 3, until(1e-9, 20000), Way::solve);
  EXPECT_EQ(run.status[0], static_cast<int>(Status::breakdown));
  EXPECT_EQ(run.status[1], static_cast<int>(Status::breakdown));
  EXPECT_EQ(run.status[2], static_cast<int>(Status::converged));
}

TEST(Admm, RefusesScalesThatMeasureNothing) {
  QpProblem const problem(variables, rows, 4, true);
  auto solver = problem.solver(AdmmStart::cold);
  std::vector<double> const scales{1, 1, -1, 1, 1, 0, QpProblem::infinite, 1};
  solver.tasks.scales = {scales.data(), 2, 1};
  auto const run = run_lockstep<Pack<double>>(solver, problem.theta(solver), 4, until(1e-6, 5000), Way::solve);
  EXPECT_EQ(run.status, (std::vector<std::int32_t>{0, 3, 3, 3}));
}

TEST(Admm, IsolatesATaskThatIsNotANumber) {
  QpProblem problem(variables, rows, 9, true);
  auto solver = problem.solver(AdmmStart::cold);
  auto const theta = problem.theta(solver);
  auto const before = run_lockstep<Pack<double>>(solver, theta, 9, until(1e-9, 20000), Way::solve);
  problem.q[at(4 * variables)] = NAN;
  auto const after = run_lockstep<Pack<double>>(solver, theta, 9, until(1e-9, 20000), Way::solve);
  for (std::size_t t = 0; t < 9; ++t) {
    EXPECT_EQ(after.status[t], static_cast<int>(t == 4 ? Status::not_finite : Status::converged));
    if (t != 4) {
      EXPECT_EQ(after.measure[t], before.measure[t]);
    }
  }
}

}  // namespace
}  // namespace metasolve::test::admm_test
