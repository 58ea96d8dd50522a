// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tuple>

#include "metasolve/executor.hpp"
#include "src/exec/cuda_exec.cuh"
#include "src/exec/cuda_runtime_info.hpp"
#include "tests/short_beams.hpp"
#include "tests/thread_team.hpp"

/// ICCG's bodies on a CUDA device against a team of one on the host, rows by levels, by columns and by tiles.
namespace metasolve::test {
namespace {

using Solver = ShortBeams::Solver;

struct IccgOnADevice : ::testing::TestWithParam<std::tuple<problems::SolveOrder, int>> {
  void SetUp() override {
    if (exec::cuda_device_count() == 0) GTEST_SKIP() << exec::cuda_runtime_info().problem;
  }
  template <class MakeBody>
  void expect_as_on_the_host(bool guesses, MakeBody const& make_body) const {
    auto const [order, fill] = GetParam();
    auto const host = Executor::cpu(1);
    exec::CudaExec device(0, nullptr);
    ShortBeams there(host.backend(), fill, order, guesses), here(device, fill, order, guesses);
    run_on_solo_team(make_body(there.solver(), there.arguments()), ShortBeams::count);
    auto const body = make_body(here.solver(), here.arguments());
    exec::Buffer<std::byte> workspace(device, device.team_bytes(body, ShortBeams::count));
    device.launch_teams(body, workspace.data(), ShortBeams::count);
    expect_agreement(here.take_results(), there.take_results());
  }
};

TEST_P(IccgOnADevice, SolvesAsOnTheHost) {
  expect_as_on_the_host(false, [](Solver const& s, auto const& a) { return exec::SolveBody<Solver>{s, a}; });
}
TEST_P(IccgOnADevice, DifferentiatesAsOnTheHost) {
  expect_as_on_the_host(true, [](Solver const& s, auto const& a) { return exec::DifferentiateBody<Solver>{s, a, 9}; });
}
TEST_P(IccgOnADevice, FindsTheTangentAsOnTheHost) {
  expect_as_on_the_host(false, [](Solver const& s, auto const& a) { return exec::TangentBody<Solver>{s, a}; });
}
INSTANTIATE_TEST_SUITE_P(Orders, IccgOnADevice,
                         ::testing::Combine(::testing::Values(problems::SolveOrder::columns,
                                                              problems::SolveOrder::levels,
                                                              problems::SolveOrder::tiles),
                                            ::testing::Values(0, 1, -1)));

}  // namespace
}  // namespace metasolve::test
