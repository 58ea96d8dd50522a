// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "kernels/conjugate_gradient.hpp"
#include "src/exec/cpu_exec.hpp"
#include "src/exec/team_body.hpp"
#include "src/problems/beam_mesh.hpp"
#include "tests/thread_team.hpp"

/// ICCG's bodies on teams of real threads against a team of one, rows by levels, by columns and by tiles. Under
/// ThreadSanitizer these tests find missing syncs.
namespace metasolve {
namespace {

using namespace test;
using Solver = kernels::ConjugateGradient<double, kernels::IncompleteCholesky<double>>;

constexpr std::int64_t beams = 3;

/// Short beams, whose iterations do not amplify rounding.
struct ShortBeams {
  exec::CpuExec exec{1};
  problems::BeamStencil stencil{{{3, 1, 1}}, problems::OrderingKind::rcm};
  problems::LowerPattern matrix;
  problems::CholeskyPlan plan;
  std::vector<double> values, right, theta;
  bool guesses;

  ShortBeams(problems::FillRule const& rule, problems::SolveOrder order, bool with_guess)
      : matrix(exec, stencil.structure, order), plan(exec, stencil.structure, rule, order), guesses(with_guess) {
    problems::BeamStencilData const data(exec, stencil);
    auto const view = data.view();
    double const given[] = {0.3, 1, 1, 1, 0.2, 0.3, 2, 1, 0.25, 5, 0.7, 3};
    values.resize(static_cast<std::size_t>(beams * view.pattern.values()));
    right.resize(static_cast<std::size_t>(beams * view.pattern.unknowns));
    exec.launch(beams, kernels::assembled_columns(view),
                kernels::AssembleBeams<double>{view, given, values.data(), right.data()});
    for (int t = 0; t < beams; ++t) {
      theta.push_back(0.05 + 0.05 * t);
      for (int i = 0; guesses && i < view.pattern.unknowns; ++i) theta.push_back(1e-3 * std::sin(i + t));
    }
  }
  [[nodiscard]] Solver solver() const {
    return {matrix.view(),
            {values.data(), matrix.view().values(), 1},
            {right.data(), stencil.mesh.unknowns(), 1},
            plan.view<double>(),
            guesses};
  }
};

/// What a run leaves.
struct Results {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, loss, theta_bar;
};

template <class MakeBody>
Results run(Solver const& solver, std::vector<double> const& theta, MakeBody const& make_body, int threads) {
  auto const n = static_cast<std::size_t>(beams);
  Results r{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), std::vector<double>(n), std::vector<double>(n),
            std::vector<double>(theta.size())};
  double const gain = 1;
  kernels::LockstepArguments<double> a;
  a.slots = beams;
  a.theta = {theta.data(), solver.parameter_size(), 1};
  a.tolerance.value = 1e-6;
  a.limit.value = 100;
  a.surrogate = {kernels::LossKind::surrogate, kernels::LossScale::logarithm};
  a.gain = &gain;
  a.status = r.status.data();
  a.iterations = r.iterations.data();
  a.measure = r.measure.data();
  a.loss = r.loss.data();
  a.theta_bar = {r.theta_bar.data(), solver.parameter_size(), 1};
  auto const body = make_body(a);
  threads == 0 ? run_on_solo_team(body, beams) : run_on_thread_team(body, beams, threads);
  return r;
}

struct IccgTeams : ::testing::TestWithParam<std::tuple<problems::SolveOrder, int, int>> {
  template <class MakeBody>
  void expect_as_one(bool guesses, MakeBody const& make_body) const {
    auto const [order, fill, threads] = GetParam();
    ShortBeams const problem(fill < 0 ? problems::FillRule{0, 2} : problems::FillRule{fill, {}}, order, guesses);
    auto const body = [&](auto const& arguments) { return make_body(problem.solver(), arguments); };
    auto const expected = run(problem.solver(), problem.theta, body, 0);
    auto const found = run(problem.solver(), problem.theta, body, threads);
    EXPECT_EQ(found.status, expected.status);
    EXPECT_EQ(found.iterations, expected.iterations);
    for (std::size_t t = 0; t < beams; ++t) {
      EXPECT_EQ(expected.status[t], 0);
      EXPECT_GT(expected.iterations[t], 5);
      EXPECT_NEAR(found.measure[t] / expected.measure[t], 1, 1e-4);
      EXPECT_NEAR(found.loss[t] / expected.loss[t], 1, 1e-9);
    }
    double largest = 0;
    for (double const x : expected.theta_bar) largest = std::max(largest, std::abs(x));
    for (std::size_t i = 0; i < problem.theta.size(); ++i) {
      EXPECT_NEAR(found.theta_bar[i], expected.theta_bar[i], 1e-6 * largest);
    }
  }
};

TEST_P(IccgTeams, SolveAsOneDoes) {
  expect_as_one(false, [](Solver const& s, auto const& a) { return exec::SolveBody<Solver>{s, a}; });
}
TEST_P(IccgTeams, DifferentiateAsOneDoes) {
  expect_as_one(true, [](Solver const& s, auto const& a) { return exec::DifferentiateBody<Solver>{s, a, 9}; });
}
TEST_P(IccgTeams, FindTheTangentAsOneDoes) {
  expect_as_one(false, [](Solver const& s, auto const& a) { return exec::TangentBody<Solver>{s, a}; });
}
INSTANTIATE_TEST_SUITE_P(Orders, IccgTeams,
                         ::testing::Combine(::testing::Values(problems::SolveOrder::columns,
                                                              problems::SolveOrder::levels,
                                                              problems::SolveOrder::tiles),
                                            ::testing::Values(0, 1, -1), ::testing::Values(1, 3)));

}  // namespace
}  // namespace metasolve
