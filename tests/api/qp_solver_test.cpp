// SPDX-License-Identifier: Apache-2.0
#include "metasolve/qp_solver.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/qp_calls.hpp"

/// The public solver of quadratic programs on each executor: optimality, certificates, failures, the start, and bits.
namespace metasolve::qp_solver_test {
namespace {

using test::at;
using test::PEntries;
using test::RandomQps;

constexpr Stopping<double> tightly{1e-11, 400000};

class QpSolverOn : public test::QpCalls {};

std::vector<std::int32_t> all_of(Status status, std::int64_t count) {
  return std::vector<std::int32_t>(at(count), static_cast<std::int32_t>(status));
}

TEST_P(QpSolverOn, SatisfiesTheOptimalityConditions) {
  for (bool const shares : {false, true}) {
    for (auto const entries : {PEntries::lower, PEntries::all, PEntries::upper}) {
      for (bool const scaling : {false, true}) {
        RandomQps const qps(9, 14, 21, shares, entries);
        QpSolver solver(executor(), qps.problem(), {.scaling = scaling}, {qps.count});
        EXPECT_EQ(solver.variables(), 9);
        EXPECT_EQ(solver.rows(), 14);
        EXPECT_EQ(solver.groups(), 1);
        auto const done = solve(solver, tasks(qps), tightly);
        EXPECT_EQ(done.status, all_of(Status::converged, qps.count));
        for (std::int64_t t = 0; t < qps.count; ++t) {
          EXPECT_TRUE(qps.error(t, &done.solution[at(t * qps.columns())]) <= 1e-9)
              << "task " << t << ": " << qps.error(t, &done.solution[at(t * qps.columns())]);
          EXPECT_TRUE(done.measure[at(t)] <= 1e-11);
        }
      }
    }
  }
}

TEST_P(QpSolverOn, TakesProgramsWithoutBoundsAndWithoutRows) {
  RandomQps qps(6, 5, 4, false);
  for (auto& l : qps.l) l = -test::no_bound;
  for (auto& u : qps.u) u = test::no_bound;
  QpSolver free(executor(), qps.problem(), {}, {4});
  auto given = tasks(qps);
  auto const as_given = solve(free, given, tightly);
  given.lower = given.upper = {};
  auto const as_none = solve(free, given, tightly);
  EXPECT_EQ(as_given.solution, as_none.solution);
  for (std::int64_t t = 0; t < 4; ++t) EXPECT_TRUE(qps.error(t, &as_none.solution[at(t * 11)]) <= 1e-9);

  QpSolver::Problem alone;
  alone.p = qps.problem().p;
  QpSolver rowless(executor(), alone, {}, {4});
  EXPECT_EQ(rowless.rows(), 0);
  QpSolver::Tasks const without{.count = 4, .p_values = given.p_values, .q = given.q};
  auto const minimum = solve(rowless, without, tightly);
  EXPECT_EQ(minimum.status, all_of(Status::converged, 4));
  for (std::int64_t t = 0; t < 4; ++t) {
    std::vector<double> const y(5, 0.0);
    for (double const s : qps.slope(t, &minimum.solution[at(t * 6)], y.data())) EXPECT_NEAR(s, 0, 1e-9);
  }
}

TEST_P(QpSolverOn, GivesATaskTheSameBitsAloneAndInABatch) {
  bool const is_fast = executor().name() != "serial";
  std::int64_t const count = is_fast ? 10'000 : 200;
  for (bool const shares : {false, true}) {
    RandomQps const qps(6, 8, count, shares);
    QpSolver solver(executor(), qps.problem(), {}, {count});
    auto const given = tasks(qps);
    Stopping<double> const stopping{1e-6, 200};  // not all converge
    auto const together = solve(solver, given, stopping);
    auto* const status = place(std::vector<std::int32_t>(1));
    auto* const iterations = place(std::vector<std::int32_t>(1));
    auto* const solution = place(std::vector<double>(14));
    std::int64_t const apart = executor().kind() == DeviceKind::cpu ? 1 : 97;
    for (std::int64_t t = 0; t < count; t += apart) {
      auto alone = given;
      alone.count = 1;
      for (auto* const view : {&alone.p_values, &alone.a_values, &alone.q, &alone.lower, &alone.upper}) {
        view->data += t * view->task_stride;
      }
      Results<double> results;
      results.status = status;
      results.iterations = iterations;
      results.solution = {solution, 14, 1};
      solver.solve(alone, stopping, results);
      auto const x = fetch(solution, 14);
      ASSERT_EQ(fetch(status, 1)[0], together.status[at(t)]) << t;
      ASSERT_EQ(fetch(iterations, 1)[0], together.iterations[at(t)]) << t;
      ASSERT_TRUE(std::equal(x.begin(), x.end(), together.solution.begin() + t * 14)) << t;
    }
  }
}

TEST_P(QpSolverOn, CertifiesThatThereIsNoSolution) {
  for (bool const shares : {false, true}) {
    // x_0 >= 1 and x_0 <= -1 in task 0; unbounded below in task 1: minimise -x_1 without bounds on it.
    std::vector<std::int32_t> const begin{0, 1, 1}, column{0}, a_begin{0, 1, 2}, a_column{0, 0};
    QpSolver::Problem problem;
    problem.p = {begin, column};
    problem.a = {a_begin, a_column};
    QpSolver solver(executor(), problem, {}, {3});
    std::int64_t const stride = shares ? 0 : 1, rows = shares ? 0 : 2;
    QpSolver::Tasks given{.count = 3};
    given.p_values = {place(std::vector<double>{1, 1, 1}), stride, 1};
    given.a_values = {place(std::vector<double>{1, 2, 1, 2, 1, 2}), rows, 1};
    given.q = {place(std::vector<double>{0, 0, 0, -1, 0, 0}), 2, 1};
    given.lower = {place(std::vector<double>{1, -test::no_bound, -1, -2, -1, -2}), 2, 1};
    given.upper = {place(std::vector<double>{test::no_bound, -2, 1, 2, 1, 2}), 2, 1};
    auto const done = solve(solver, given, {1e-6, 10000});
    EXPECT_EQ(done.status[0], static_cast<int>(Status::primal_infeasible));
    EXPECT_EQ(done.status[1], static_cast<int>(Status::dual_infeasible));
    EXPECT_EQ(done.status[2], static_cast<int>(Status::converged));
    // A'y = y_0 + 2 y_1 = 0, u_1 y_1 + l_0 y_0 = -2 y_1 + y_0 < 0.
    double const *const y = &done.solution[2], *const x = &done.solution[4];
    EXPECT_NEAR(std::max(std::abs(y[0]), std::abs(y[1])), 1, 1e-12);
    EXPECT_NEAR(y[0] + 2 * y[1], 0, 1e-3);
    EXPECT_LT(-2 * y[1] + y[0], 0);
    EXPECT_NEAR(x[0], 0, 1e-3);
    EXPECT_NEAR(x[1], 1, 1e-12);
  }
}

TEST_P(QpSolverOn, IsolatesTasksThatFail) {
  for (bool const shares : {false, true}) {
    RandomQps qps(6, 8, 12, shares);
    QpSolver solver(executor(), qps.problem(), {}, {12});
    auto const before = solve(solver, tasks(qps), {1e-8, 5000});
    EXPECT_EQ(before.status, all_of(Status::converged, 12));
    qps.q[at(3 * 6)] = std::nan("");
    qps.l[at(5 * 8 + 3)] = qps.u[at(5 * 8 + 3)] + 1;
    qps.u[at(7 * 8 + 4)] = std::nan("");
    if (!shares) {  // not convex
      for (std::size_t e = 0; e < qps.p_column.size(); ++e) qps.p[9 * qps.p_column.size() + e] *= -1000;
    }
    auto const after = solve(solver, tasks(qps), {1e-8, 5000});
    for (std::int64_t t = 0; t < 12; ++t) {
      bool const breaks_down = t == 5 || t == 7 || (t == 9 && !shares);
      auto const expected = t == 3 ? Status::not_finite : breaks_down ? Status::breakdown : Status::converged;
      EXPECT_EQ(after.status[at(t)], static_cast<int>(expected)) << t;
      for (std::int64_t k = t * 14; k < (t + 1) * 14; ++k) {
        EXPECT_EQ(after.solution[at(k)], expected == Status::converged ? before.solution[at(k)] : -7.0);
      }
    }
  }
}

TEST_P(QpSolverOn, BreaksDownWhereTheCommonMatrixIsNotConvex) {
  RandomQps qps(6, 8, 5, true);
  for (auto& value : qps.p) value *= -1000;
  for (int const codebook : {0, 1, 2}) {
    QpSolver solver(executor(), qps.problem(), {.codebook = codebook}, {5});
    auto const given = tasks(qps);
    if (codebook > 0) {
      solver.set_codebook({{place(std::vector<double>{0.1, 1}), 1, 1}, given.p_values, given.a_values});
    }
    EXPECT_EQ(solve(solver, given, {1e-6, 100}).status, all_of(Status::breakdown, 5));
  }
}

TEST_P(QpSolverOn, StartsFromAGuess) {
  for (bool const shares : {false, true}) {
    RandomQps const qps(6, 8, 10, shares);
    QpSolver solver(executor(), qps.problem(), {}, {10});
    auto given = tasks(qps);
    auto const cold = solve(solver, given, {1e-8, 5000});
    given.guess = {place(cold.solution), 14, 1};
    auto const warm = solve(solver, given, {1.0001e-8, 5000});
    EXPECT_EQ(warm.iterations, std::vector<std::int32_t>(10, 0));
    EXPECT_EQ(warm.solution, cold.solution);
    // In the place of the guess.
    auto* const both = place(cold.solution);
    given.guess = {both, 14, 1};
    auto* const iterations = place(std::vector<std::int32_t>(10));
    Results<double> results;
    results.iterations = iterations;
    results.solution = {both, 14, 1};
    solver.solve(given, {1e-11, 5000}, results);
    auto const refined = fetch(both, 140);
    for (std::int64_t t = 0; t < 10; ++t) EXPECT_TRUE(qps.error(t, &refined[at(t * 14)]) <= 1e-9);
    auto const from_cold = solve(solver,
                                 {.count = 10,
                                  .p_values = given.p_values,
                                  .a_values = given.a_values,
                                  .q = given.q,
                                  .lower = given.lower,
                                  .upper = given.upper},
                                 {1e-11, 5000});
    auto const counts = fetch(iterations, 10);
    for (std::size_t t = 0; t < 10; ++t) EXPECT_LT(counts[t], from_cold.iterations[t]);
  }
}

TEST_P(QpSolverOn, ShiftsAGuess) {
  RandomQps const qps(6, 8, 3, true);
  std::vector<std::int32_t> const shift_x{1, 2, 3, 4, 5, -1}, shift_y{7, 0, 1, 2, 3, 4, 5, 6};
  QpSolver solver(executor(), qps.problem(), {.shift_x = shift_x, .shift_y = shift_y}, {3});
  std::vector<double> guess, shifted;
  for (int k = 0; k < 3 * 14; ++k) guess.push_back(std::sin(k));
  for (int t = 0; t < 3; ++t) {
    for (auto const j : shift_x) shifted.push_back(j < 0 ? 0 : guess[at(t * 14 + j)]);
    for (auto const i : shift_y) shifted.push_back(guess[at(t * 14 + 6 + i)]);
  }
  auto given = tasks(qps);
  given.guess = {place(shifted), 14, 1};
  auto const expected = solve(solver, given, {1e-6, 3});
  given.guess = {place(guess), 14, 1};
  EXPECT_NE(solve(solver, given, {1e-6, 3}).solution, expected.solution);
  given.shifts_guess = true;
  EXPECT_EQ(solve(solver, given, {1e-6, 3}).solution, expected.solution);
}

TEST_P(QpSolverOn, UsesTheNearestEntryOfACodebook) {
  RandomQps const qps(6, 8, 9, true);
  std::vector<std::int32_t> const group{0, 1, 1, 0, 0, 1, 1, 0};
  std::vector<double> const penalties{0.05, 0.5, 1, 1, 0.2, 8};
  QpSolver own(executor(), qps.problem(), {.penalty_group = group}, {9});
  QpSolver by_codebook(executor(), qps.problem(), {.penalty_group = group, .codebook = 3}, {9});
  EXPECT_EQ(own.groups(), 2);
  auto given = tasks(qps);
  by_codebook.set_codebook({{place(penalties), 2, 1}, given.p_values, given.a_values});
  std::vector<double> near, exact;
  std::vector<std::int32_t> entry;
  for (int t = 0; t < 9; ++t) {
    entry.push_back(t % 3);
    for (int g = 0; g < 2; ++g) {
      exact.push_back(penalties[at(t % 3 * 2 + g)]);
      near.push_back(exact.back() * (1 + 0.1 * std::cos(2 * t + g)));
    }
  }
  given.rho = {place(exact), 2, 1};
  auto const expected = solve(own, given, {1e-8, 5000});
  given.rho = {place(near), 2, 1};
  auto const nearest = solve(by_codebook, given, {1e-8, 5000});
  EXPECT_EQ(nearest.iterations, expected.iterations);
  given.rho = {};
  given.entry = {place(entry), 1};
  auto const named = solve(by_codebook, given, {1e-8, 5000});
  EXPECT_EQ(named.iterations, expected.iterations);
  EXPECT_EQ(named.solution, nearest.solution);
  for (std::size_t k = 0; k < expected.solution.size(); ++k) {
    EXPECT_NEAR(nearest.solution[k], expected.solution[k], 1e-10);
  }
  given.entry = {place(std::vector<std::int32_t>(9, 3)), 1};
  EXPECT_EQ(solve(by_codebook, given, {1e-8, 5000}).status, all_of(Status::breakdown, 9));
}

TEST_P(QpSolverOn, HasAPenaltyForEachTask) {
  RandomQps const qps(6, 8, 6, true);
  QpSolver solver(executor(), qps.problem(), {}, {6});
  auto given = tasks(qps);
  std::vector<double> const rho{0.01, 0.1, 1, 10, 0, -1};
  given.rho = {place(rho), 1, 1};
  auto const done = solve(solver, given, {1e-6, 5000});
  for (std::size_t t = 0; t < 4; ++t) {
    // The same as a rho for all, whose factor is shared: to the bit.
    auto common = given;
    common.rho = {place(std::vector<double>{rho[t]}), 0, 1};
    auto const same = solve(solver, common, {1e-6, 5000});
    EXPECT_EQ(same.iterations[t], done.iterations[t]);
    EXPECT_TRUE(std::equal(same.solution.begin() + static_cast<std::ptrdiff_t>(t * 14),
                           same.solution.begin() + static_cast<std::ptrdiff_t>((t + 1) * 14),
                           done.solution.begin() + static_cast<std::ptrdiff_t>(t * 14)));
  }
  EXPECT_EQ(done.status[4], static_cast<int>(Status::breakdown));
  EXPECT_EQ(done.status[5], static_cast<int>(Status::breakdown));
}

TEST_P(QpSolverOn, MeasuresInGivenScales) {
  RandomQps const qps(6, 8, 4, false);
  QpSolver solver(executor(), qps.problem(), {}, {4});
  auto given = tasks(qps);
  given.scales = {place(std::vector<double>{1e3, 1e3}), 0, 1};
  auto const loosely = solve(solver, given, {1e-8, 5000});
  given.scales = {place(std::vector<double>{1, 1}), 0, 1};
  auto const same = solve(solver, given, {1e-5, 5000});
  for (std::size_t t = 0; t < 4; ++t) EXPECT_NEAR(same.measure[t] / loosely.measure[t], 1e3, 1e-6);
  EXPECT_EQ(same.iterations, loosely.iterations);
}

METASOLVE_ON_EXECUTORS(QpSolverOn);

}  // namespace
}  // namespace metasolve::qp_solver_test
