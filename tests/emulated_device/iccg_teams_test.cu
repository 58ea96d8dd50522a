// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tuple>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "metasolve/detail/exec/team_body.hpp"
#include "tests/support/short_beams.hpp"
#include "tests/support/thread_team.hpp"

/// ICCG's bodies on a device's teams compared with a host team of one. These tests must fail if one of their
/// team.sync()
/// is removed (mutant, scripts/emulate).
namespace metasolve::test {
namespace {

using Solver = ShortBeams::Solver;

struct IccgOnTeams : ::testing::TestWithParam<std::tuple<sparse::SolveOrder, int>> {
  template <class MakeBody>
  void expect_as_one(MakeBody const& make_body) const {
    auto const [order, fill] = GetParam();
    exec::CpuExec host(1);
    ShortBeams there(host, fill, order);
    run_on_solo_team(make_body(there.solver(), there.arguments()), ShortBeams::count);
    auto const expected = there.take_results();

    exec::CudaExec cuda(0, nullptr);
    ShortBeams here(cuda, fill, order);
    auto const body = make_body(here.solver(), here.arguments());
    exec::Buffer<std::byte> const workspace(cuda, cuda.team_bytes(body, ShortBeams::count));
    cuda.launch_teams(body, const_cast<std::byte*>(workspace.data()), ShortBeams::count);
    expect_agreement(here.take_results(), expected);
  }
};

TEST_P(IccgOnTeams, SolveAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::SolveBody<Solver>{s, a}; });
}
TEST_P(IccgOnTeams, DifferentiateAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::DifferentiateBody<Solver>{s, a, 9}; });
}
TEST_P(IccgOnTeams, FindTheTangentAsOneDoes) {
  expect_as_one([](Solver const& s, auto const& a) { return exec::TangentBody<Solver>{s, a}; });
}
INSTANTIATE_TEST_SUITE_P(Orders, IccgOnTeams,
                         ::testing::Combine(::testing::Values(sparse::SolveOrder::columns, sparse::SolveOrder::levels,
                                                              sparse::SolveOrder::tiles),
                                            ::testing::Values(0, 1, -1)));

}  // namespace
}  // namespace metasolve::test
