// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"
#include "tests/support/thread_team.hpp"

/// The attempts of a library call on teams of threads compared with a team of one: which tasks are replaced, limited
/// and retried. ThreadSanitizer detects a missing sync.
namespace metasolve::attempt_team_test {
namespace {

constexpr int unknowns = 7, tasks = 9;
constexpr std::int32_t early = 4, limit = 400;
using Solver = kernels::Jacobi<kernels::PoissonStencil<double>>;

struct Zeros {
  METASOLVE_HD double operator()(std::int64_t, int) const { return 0; }
};
using Body = exec::SolveBody<Solver, Zeros>;

struct Outcome {
  std::vector<std::int32_t> status = std::vector<std::int32_t>(tasks), iterations = status;
  std::vector<Origin> origin = std::vector<Origin>(tasks);
  Tally tally;
};

/// Every third guess contains a NaN. run: runs a body.
template <class Run>
Outcome attempts(Run&& run) {
  std::vector<double> rhs(tasks * unknowns), guess(rhs.size());
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = std::sin(1.0 + static_cast<double>(i));
  for (std::size_t t = 0; t < tasks; t += 3)
    guess[t * unknowns + t % unknowns] = std::numeric_limits<double>::quiet_NaN();
  Outcome o;
  Body body{{{unknowns}, kernels::Measure::relative_residual, {rhs.data(), unknowns, 1}, {}}, {}, {}};
  body.arguments.slots = tasks;
  body.arguments.theta = {guess.data(), unknowns, 1};
  body.arguments.tolerance.value = 1e-6;
  body.arguments.max_iterations.value = limit;
  body.arguments.attempt_max_iterations = early;
  body.arguments.origin = o.origin.data();
  body.arguments.status = o.status.data();
  body.arguments.iterations = o.iterations.data();
  body.attempt.attempt = kernels::Attempt::chosen;
  body.attempt.guard = {true, o.origin.data(), &o.tally};
  run(body);
  body.attempt.attempt = kernels::Attempt::again;
  body.arguments.attempt_max_iterations = std::numeric_limits<std::int32_t>::max();
  body.arguments.adds_iterations = true;
  run(body);
  return o;
}

TEST(Attempts, OnTeamsOfThreadsAreThoseOfOne) {
  auto const solo = attempts([](Body const& body) { test::run_on_solo_team(body, tasks); });
  EXPECT_EQ(solo.status, std::vector<std::int32_t>(tasks, 0));
  EXPECT_EQ(solo.tally.replaced, tasks / 3);
  EXPECT_EQ(solo.tally.retried, tasks - tasks / 3);
  for (std::size_t t = 0; t < tasks; ++t) {
    EXPECT_EQ(solo.origin[t], t % 3 == 0 ? Origin::replaced : Origin::retried);
    EXPECT_GT(solo.iterations[t], 2 * early);
  }
  for (int const size : {2, 3}) {
    auto const team = attempts([&](Body const& body) { test::run_on_thread_team(body, tasks, size); });
    EXPECT_EQ(team.status, solo.status);
    EXPECT_EQ(team.iterations, solo.iterations);
    EXPECT_EQ(team.origin, solo.origin);
    EXPECT_EQ(team.tally.replaced, solo.tally.replaced);
    EXPECT_EQ(team.tally.retried, solo.tally.retried);
  }
}

}  // namespace
}  // namespace metasolve::attempt_team_test
