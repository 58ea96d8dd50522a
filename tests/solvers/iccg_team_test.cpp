// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tuple>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "tests/support/short_beams.hpp"
#include "tests/support/thread_team.hpp"

/// ICCG's bodies on teams of real threads compared with a team of one, with rows by levels, by columns and by tiles.
/// With ThreadSanitizer these tests detect missing syncs.
namespace metasolve::test::iccg_team_test {
namespace {

using Solver = ShortBeams::Solver;

struct IccgTeams : ::testing::TestWithParam<std::tuple<sparse::SolveOrder, int, int>> {
  template <class MakeBody>
  void expect_as_one(MakeBody const& make_body) const {
    auto const [order, fill, threads] = GetParam();
    exec::CpuExec exec(1);
    ShortBeams problem(exec, fill, order);
    auto const body = make_body(problem.solver(), problem.arguments());
    run_on_solo_team(body, ShortBeams::count);
    auto const expected = problem.take_results();
    run_on_thread_team(body, ShortBeams::count, threads);
    expect_agreement(problem.take_results(), expected);
  }
};

TEST_P(IccgTeams, SolveAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::SolveBody<Solver>{s, a}; });
}
TEST_P(IccgTeams, DifferentiateAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::DifferentiateBody<Solver>{s, a, 9}; });
}
TEST_P(IccgTeams, FindTheTangentAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::TangentBody<Solver>{s, a}; });
}
INSTANTIATE_TEST_SUITE_P(Orders, IccgTeams,
                         ::testing::Combine(::testing::Values(sparse::SolveOrder::columns, sparse::SolveOrder::levels,
                                                              sparse::SolveOrder::tiles),
                                            ::testing::Values(0, 1, -1), ::testing::Values(1, 3)));

}  // namespace
}  // namespace metasolve::test::iccg_team_test
