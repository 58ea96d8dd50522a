// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/qp_calls.hpp"

/// The penalty of calls without one.
namespace metasolve::qp_rho_test {
namespace {

using test::at;
using test::RandomQps;

class QpRhoOn : public test::QpCalls {};

TEST_P(QpRhoOn, IsTheBestForTheTypicalTask) {
  for (double const scale : {1e-2, 1.0, 1e2}) {
    RandomQps qps(9, 14, 1, true);
    for (auto& x : qps.p) x *= scale;
    for (auto& x : qps.q) x *= scale;
    for (std::int64_t const capacity : {std::int64_t{1}, std::int64_t{50}}) {
      QpSolver solver(executor(), qps.problem(), {}, {capacity});
      auto given = tasks(qps);
      Stopping<double> const stopping{1e-5, 2000};
      auto const by_default = solve(solver, given, stopping).iterations[0];
      std::int32_t fewest = 2000;
      for (double const rho : {0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0}) {
        given.rho = {place(std::vector<double>{rho}), 0, 1};
        fewest = std::min(fewest, solve(solver, given, stopping).iterations[0]);
      }
      EXPECT_EQ(by_default, fewest) << solver.rho();
    }
  }
}

TEST_P(QpRhoOn, IsGivenOrKnown) {
  RandomQps const qps(6, 8, 2, true);
  EXPECT_EQ(QpSolver(executor(), qps.problem(), {.rho = 0.25}, {2}).rho(), 0.25);
  auto problem = qps.problem();
  problem.q = {};
  QpSolver solver(executor(), problem, {}, {2});
  EXPECT_EQ(solver.rho(), 1);
  auto given = tasks(qps);
  auto const by_default = solve(solver, given, {1e-6, 2000});
  given.rho = {place(std::vector<double>{1}), 0, 1};
  EXPECT_EQ(solve(solver, given, {1e-6, 2000}).solution, by_default.solution);
}

METASOLVE_ON_EXECUTORS(QpRhoOn);

}  // namespace
}  // namespace metasolve::qp_rho_test
