// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/qp_calls.hpp"

/// QpSolver::polish and QpSolver::gradient on each executor: nearly exact solutions, and the implicit gradient compared
/// with differences of polished solutions.
namespace metasolve::qp_active_set_test {
namespace {

using test::at;
using test::PEntries;
using test::RandomQps;

class QpActiveSetOn : public test::QpCalls {
 protected:
  /// Converged tightly and polished.
  std::vector<double> solutions(QpSolver& solver, RandomQps const& qps) {
    auto const given = tasks(qps);
    solve(solver, given, {1e-9, 20000});
    solver.polish(given, {.solution = {written().solution, qps.columns(), 1}, .status = written().status});
    return fetch(written().solution, at(qps.count * qps.columns()));
  }
};

TEST_P(QpActiveSetOn, PolishesToRounding) {
  for (bool const shares : {false, true}) {
    RandomQps const qps(9, 14, 30, shares);
    QpSolver solver(executor(), qps.problem(), {}, {30});
    auto const given = tasks(qps);
    auto const before = solve(solver, given, {1e-5, 20000});
    auto* const polished = place(std::vector<std::int32_t>(30, -1));
    QpSolver::Polish polish;
    polish.solution = {written().solution, qps.columns(), 1};
    polish.status = written().status;
    polish.measure = written().measure;
    polish.polished = polished;
    solver.polish(given, polish);
    auto const after = fetch(written().solution, before.solution.size());
    auto const measure = fetch(written().measure, 30);
    int improved = 0;
    auto const is_polished = fetch(polished, 30);
    for (std::int64_t t = 0; t < 30; ++t) {
      double const error = qps.error(t, &after[at(t * qps.columns())]);
      if (is_polished[at(t)] == 1) {
        ++improved;
        EXPECT_TRUE(error <= 1e-12) << "task " << t << ": " << error;
        EXPECT_TRUE(measure[at(t)] <= 1e-12);
      } else {
        EXPECT_EQ(is_polished[at(t)], 0);
        EXPECT_EQ(measure[at(t)], before.measure[at(t)]);
        EXPECT_TRUE(std::equal(after.begin() + t * qps.columns(), after.begin() + (t + 1) * qps.columns(),
                               before.solution.begin() + t * qps.columns()));
      }
    }
    EXPECT_GE(improved, 25) << "the active rows are known at 1e-5 in nearly all of these tasks";
  }
}

TEST_P(QpActiveSetOn, LeavesOthersAsTheyAre) {
  RandomQps qps(6, 8, 3, false);
  QpSolver solver(executor(), qps.problem(), {}, {3});
  qps.q[6] = std::nan("");
  auto const given = tasks(qps);
  solve(solver, given, {1e-6, 20000});
  auto* const polished = place(std::vector<std::int32_t>(3, -1));
  solver.polish(given, {.solution = {written().solution, 14, 1}, .status = written().status, .polished = polished});
  EXPECT_EQ(fetch(polished, 3), (std::vector<std::int32_t>{1, 0, 1}));
  EXPECT_EQ(fetch(written().solution, 28)[14], -7);
}

struct Bars {
  std::vector<double> q, l, u, p, a;
  std::vector<std::int32_t> status;
};

TEST_P(QpActiveSetOn, HasTheGradientOfDifferences) {
  for (bool const shares : {false, true}) {
    for (auto const entries : {PEntries::lower, PEntries::all, PEntries::upper}) {
      for (bool const of_x : {false, true}) {
        std::int64_t const count = 4;
        RandomQps qps(5, 7, count, shares, entries, 7);
        QpSolver solver(executor(), qps.problem(), {}, {count});
        auto const width = at(qps.columns()), bar_width = of_x ? at(qps.n) : width;
        auto const x = solutions(solver, qps);
        std::vector<double> bar;
        for (std::size_t k = 0; k < bar_width * at(count); ++k) bar.push_back(std::cos(3.0 * static_cast<double>(k)));
        auto const p_size = std::ssize(qps.p_column), a_size = std::ssize(qps.a_column);
        auto const zeros = [&](std::int64_t items) { return place(std::vector<double>(at(count * items), 99)); };
        double *const q_bar = zeros(5), *const l_bar = zeros(7), *const u_bar = zeros(7), *const p_bar = zeros(p_size),
                      *const a_bar = zeros(a_size);
        auto* const status = place(std::vector<std::int32_t>(at(count), -1));
        QpSolver::Gradient g;
        g.solution = {place(x), qps.columns(), 1};
        g.solution_bar = {place(bar), static_cast<std::int64_t>(bar_width), 1};
        g.of_x = of_x;
        g.q_bar = {q_bar, 5, 1};
        g.lower_bar = {l_bar, 7, 1};
        g.upper_bar = {u_bar, 7, 1};
        g.p_bar = {p_bar, p_size, 1};
        g.a_bar = {a_bar, a_size, 1};
        g.status = status;
        solver.gradient(tasks(qps), g);
        EXPECT_EQ(fetch(status, at(count)), std::vector<std::int32_t>(at(count), 0));

        auto const loss = [&](std::int64_t t) {
          auto const at_solution = solutions(solver, qps);
          double sum = 0;
          for (std::size_t k = 0; k < bar_width; ++k) {
            sum += bar[at(t) * bar_width + k] * at_solution[at(t) * width + k];
          }
          return sum;
        };
        // number: of task t; with shared matrices a change is that of all tasks, of which t is looked at.
        auto const difference = [&](std::int64_t t, std::vector<double*> const& numbers) {
          constexpr double h = 1e-6;
          std::vector<double> before;
          auto const set = [&](double by) {
            for (std::size_t k = 0; k < numbers.size(); ++k) *numbers[k] = before[k] + by;
          };
          for (auto const* number : numbers) before.push_back(*number);
          set(h);
          double const up = loss(t);
          set(-h);
          double const down = loss(t);
          set(0);
          return (up - down) / (2 * h);
        };
        auto const q_bars = fetch(q_bar, 20), l_bars = fetch(l_bar, 28), u_bars = fetch(u_bar, 28);
        auto const p_bars = fetch(p_bar, at(count * p_size)), a_bars = fetch(a_bar, at(count * a_size));
        for (std::int64_t t = 0; t < count; ++t) {
          for (int j = 0; j < 5; ++j) {
            EXPECT_NEAR(difference(t, {&qps.q[at(t * 5 + j)]}), q_bars[at(t * 5 + j)], 1e-6);
          }
          for (int i = 0; i < 7; ++i) {
            auto const k = at(t * 7 + i);
            if (qps.l[k] == qps.u[k]) {
              EXPECT_NEAR(difference(t, {&qps.l[k], &qps.u[k]}), l_bars[k] + u_bars[k], 1e-6) << i;
              continue;
            }
            if (std::isfinite(qps.l[k])) {
              EXPECT_NEAR(difference(t, {&qps.l[k]}), l_bars[k], 1e-6) << i;
            }
            if (std::isfinite(qps.u[k])) {
              EXPECT_NEAR(difference(t, {&qps.u[k]}), u_bars[k], 1e-6) << i;
            }
          }
          if (of_x) continue;
          for (std::int64_t e = 0; e < p_size; ++e) {
            EXPECT_NEAR(difference(t, {&qps.p[at(t * qps.p_stride() + e)]}), p_bars[at(t * p_size + e)], 1e-6) << e;
          }
          for (std::int64_t e = 0; e < a_size; e += 3) {
            // l and u of the rows stay, so an equality row keeps both sides.
            EXPECT_NEAR(difference(t, {&qps.a[at(t * qps.a_stride() + e)]}), a_bars[at(t * a_size + e)], 1e-6) << e;
          }
        }
      }
    }
  }
}

TEST_P(QpActiveSetOn, SaysWhereThereIsNoGradient) {
  RandomQps qps(5, 7, 3, false);
  QpSolver solver(executor(), qps.problem(), {}, {3});
  auto x = solutions(solver, qps);
  // Task 1: a linear program without an active row has no unique solution. Task 2: not a number.
  auto const p_size = std::ssize(qps.p_column);
  std::fill_n(qps.p.begin() + p_size, p_size, 0.0);
  std::fill_n(qps.l.begin() + 7, 7, -test::no_bound);
  std::fill_n(qps.u.begin() + 7, 7, test::no_bound);
  x[at(2 * 12 + 1)] = std::nan("");
  auto* const status = place(std::vector<std::int32_t>(3, -1));
  auto* const q_bar = place(std::vector<double>(15, 99));
  QpSolver::Gradient g;
  g.solution = {place(x), 12, 1};
  g.solution_bar = {place(std::vector<double>(36, 1.0)), 12, 1};
  g.q_bar = {q_bar, 5, 1};
  g.status = status;
  solver.gradient(tasks(qps), g);
  EXPECT_EQ(fetch(status, 3),
            (std::vector<std::int32_t>{static_cast<int>(Status::converged), static_cast<int>(Status::breakdown),
                                       static_cast<int>(Status::not_finite)}));
  auto const bars = fetch(q_bar, 15);
  for (std::size_t k = 0; k < 15; ++k) EXPECT_EQ(std::isnan(bars[k]), k >= 5);
}

METASOLVE_ON_EXECUTORS(QpActiveSetOn);

}  // namespace
}  // namespace metasolve::qp_active_set_test
