// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tuple>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "metasolve/detail/exec/team_body.hpp"
#include "metasolve/detail/sparse/krylov_plan.hpp"
#include "metasolve/kernels/solvers/bicgstab.hpp"
#include "metasolve/kernels/solvers/conjugate_gradient.hpp"
#include "metasolve/kernels/solvers/gmres.hpp"
#include "tests/support/random_systems.hpp"
#include "tests/support/thread_team.hpp"

/// BiCGSTAB, GMRES and conjugate gradients with a guess on teams of real threads, compared with a team of one. With
/// ThreadSanitizer these tests detect missing syncs.
namespace metasolve::test::krylov_team_test {
namespace {

using Preconditioner = kernels::KrylovPreconditioner;
constexpr std::size_t count = 3, n = 25;

struct KrylovTeams : ::testing::TestWithParam<std::tuple<PreconditionerKind, int>> {
  template <class Solver>
  void expect_as_one(bool symmetric, auto&& edit) {
    auto const [kind, threads] = GetParam();
    if (symmetric && kind == PreconditionerKind::ilu) return;
    exec::CpuExec exec(1);
    auto const s = symmetric ? random_systems(n, count, 7, 3, true) : convection_diffusion(5, 10, count);
    auto const entries = symmetric ? sparse::CallerEntries::lower : sparse::CallerEntries::all;
    auto const pattern = sparse::caller_pattern(
        s.pattern(), entries, [](sparse::SymmetricStructure const& of) { return sparse::reverse_cuthill_mckee(of); });
    sparse::LowerPattern const lower(exec, pattern.structure);
    auto const plan = sparse::krylov_plan(exec, pattern, {kind, 3, {1, {}}, symmetric});
    std::vector<double> const guess(count * n, 0.1);
    Solver solver;
    solver.matrix = lower.view();
    solver.values = {s.values.data(), static_cast<std::int64_t>(s.entries()), 1};
    solver.rhs = {s.rhs.data(), n, 1};
    solver.guess = {guess.data(), n, 1};
    solver.takes_guess = true;
    solver.place_of_value = pattern.place_of.data();
    solver.unknown_at = pattern.order.data();
    solver.preconditioner = plan.preconditioner;
    edit(solver);

    // omega, or the relative shift
    std::vector<double> const theta(count, kind == PreconditionerKind::ssor ? 1.1 : -1e-3);
    std::vector<std::int32_t> status(count), iterations(count);
    std::vector<double> x(count * n), measure(count);
    kernels::LockstepArguments<double> a;
    a.slots = count;
    a.theta = {theta.data(), 1, 1};
    a.tolerance.value = 1e-11;
    a.max_iterations.value = 300;
    a.status = status.data();
    a.iterations = iterations.data();
    a.measure = measure.data();
    a.solution = {x.data(), n, 1};
    a.confirms = true;
    exec::SolveBody<Solver> const body{solver, a};
    run_on_solo_team(body, count);
    auto const expected = x;
    auto const counted = iterations;
    EXPECT_EQ(status, std::vector<std::int32_t>(count, 0));
    x.assign(x.size(), 0);
    run_on_thread_team(body, count, threads);
    EXPECT_EQ(status, std::vector<std::int32_t>(count, 0));
    for (std::size_t k = 0; k < count; ++k) {
      EXPECT_NEAR(iterations[k], counted[k], 2);  // sums are in another order
      EXPECT_TRUE(s.residual(k, x.data() + k * n) <= 1.01e-11);
      EXPECT_GT(counted[k], 2);
    }
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-8);
  }
};

TEST_P(KrylovTeams, BiCgStabAsOneDoes) {
  expect_as_one<kernels::BiCgStab<double, Preconditioner>>(false, [](auto&) {});
}
TEST_P(KrylovTeams, GmresAsOneDoes) {
  for (int const restart : {3, 7, 30}) {
    expect_as_one<kernels::Gmres<double, Preconditioner>>(false, [&](auto& solver) { solver.restart = restart; });
  }
}
TEST_P(KrylovTeams, ConjugateGradientsAsOneDo) {
  expect_as_one<kernels::ConjugateGradient<double, Preconditioner>>(true,
                                                                    [](auto& solver) { solver.scales_exactly = true; });
}
INSTANTIATE_TEST_SUITE_P(Kinds, KrylovTeams,
                         ::testing::Combine(::testing::Values(PreconditionerKind::none, PreconditionerKind::jacobi,
                                                              PreconditionerKind::block_jacobi,
                                                              PreconditionerKind::ssor, PreconditionerKind::ilu),
                                            ::testing::Values(1, 3)));

}  // namespace
}  // namespace metasolve::test::krylov_team_test
