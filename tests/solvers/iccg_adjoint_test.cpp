// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/detail/exec/cpu/cpu_exec.hpp"
#include "tests/support/beam_problem.hpp"
#include "tests/support/sanitized.hpp"
#include "tests/support/wide.hpp"

/// Gradients through preconditioned conjugate gradients: adjoint, tangent and differences. In doubles the iterations of
/// stiff beams amplify rounding until the derivative of the computed function differs from that of the exact one, and
/// adjoint and tangent, both correct, disagree (docs/adjoints/iccg.md). In a hundred digits all three agree.
namespace metasolve::iccg_adjoint_test {
namespace {

using kernels::LossKind;
using kernels::LossScale;
using kernels::LossValue;
using kernels::Pack;
using kernels::Status;
using namespace test;

using Iccg = kernels::ConjugateGradient<Wide, kernels::IncompleteCholesky<Wide>>;

constexpr int n = Beams::unknowns;

/// The beams in quadruple precision.
struct WideBeams {
  exec::CpuExec backend{1};
  Beams beams{true};
  sparse::LowerPattern matrix{backend, beams.structure};
  sparse::CholeskyPlan plan;
  std::vector<Wide> values{beams.values.begin(), beams.values.end()}, rhs{beams.rhs.begin(), beams.rhs.end()};

  explicit WideBeams(sparse::FillRule const& rule) : plan(backend, beams.structure, rule) {}
  [[nodiscard]] Iccg solver() const {
    return {matrix.view(), {values.data(), matrix.view().values(), 1}, {rhs.data(), n, 1}, plan.view<Wide>()};
  }
};

/// A loss with slopes at all iterations, stopped by the limit, so that a small change does not affect the count.
RunSettings<Wide> stopped_by_limit(std::vector<std::int32_t> tasks, std::vector<std::int32_t> limits, LossKind kind) {
  RunSettings<Wide> s{{Wide(1e-200)},
                      std::move(limits),
                      {kind, LossScale::logarithm, LossValue::soft},
                      Wide(1.0),
                      256,
                      std::move(tasks),
                      {}};
  s.surrogate.center = Wide(1e-6) / Wide(1e-200);
  return s;
}

double relative(Wide a, Wide b) {
  double const x = static_cast<double>(a), y = static_cast<double>(b);
  return std::abs(x - y) / std::max(std::abs(x), std::abs(y));
}

/// The loss, by the forward sweep only.
std::vector<Wide> losses(Iccg const& solver, std::vector<Wide> const& theta, RunSettings<Wide> const& settings) {
  return run_lockstep<Wide>(solver, theta, static_cast<std::int64_t>(settings.max_iterations.size()), settings,
                            Way::solve)
      .loss;
}

struct Case {
  std::string name;
  sparse::FillRule rule;
  LossKind kind;
  std::vector<std::int32_t> tasks;
  double alpha;
};
class IccgGradient : public ::testing::TestWithParam<Case> {};

/// Gradient in the shift: tasks that take 20 to 240 iterations.
TEST_P(IccgGradient, OfTheShift) {
  if (is_sanitized && GetParam().tasks.size() > 1) GTEST_SKIP() << "minutes of arithmetic in a hundred digits";
  WideBeams const problem(GetParam().rule);
  auto const solver = problem.solver();
  auto const& tasks = GetParam().tasks;
  auto const count = static_cast<std::int64_t>(tasks.size());
  std::vector<Wide> const theta(tasks.size(), Wide(GetParam().alpha));
  RunSettings<Wide> const plain{{Wide(1e-6)}, {240}, {}, Wide(1.0), 4, tasks, {}};
  auto const limits = run_lockstep<Wide>(solver, theta, count, plain, Way::solve).iterations;
  for (auto const k : limits) EXPECT_TRUE(k >= 20 && k < 240) << k;
  auto const settings = stopped_by_limit(tasks, limits, GetParam().kind);
  auto const adjoint = run_lockstep<Wide>(solver, theta, count, settings, Way::adjoint);
  auto const tangent = run_lockstep<Wide>(solver, theta, count, settings, Way::tangent);
  Wide const step = 1e-30;
  auto const above = losses(solver, std::vector<Wide>(tasks.size(), theta[0] + step * theta[0]), settings);
  auto const below = losses(solver, std::vector<Wide>(tasks.size(), theta[0] - step * theta[0]), settings);
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    EXPECT_EQ(adjoint.iterations[t], limits[t]);
    Wide const difference = (above[t] - below[t]) / (Wide(2) * step * theta[0]);
    EXPECT_NE(static_cast<double>(adjoint.theta_bar[t]), 0) << "task " << tasks[t];
    EXPECT_LT(relative(adjoint.theta_bar[t], tangent.theta_bar[t]), 1e-9) << "task " << tasks[t];
    EXPECT_LT(relative(adjoint.theta_bar[t], difference), 1e-9) << "task " << tasks[t];
    EXPECT_LT(relative(adjoint.loss[t], tangent.loss[t]), 1e-30);
  }
}
INSTANTIATE_TEST_SUITE_P(Rules, IccgGradient,
                         ::testing::Values(Case{"level1", {1, {}}, LossKind::surrogate, {1, 4, 2}, 0.036},
                                           Case{"entries5", {0, 5}, LossKind::surrogate, {0, 6}, 0.036},
                                           Case{"level0AtTheEnd", {0, {}}, LossKind::measure, {1}, 0.01}),
                         [](auto const& c) { return c.param.name; });

/// In doubles, where rounding is not amplified: tasks of at most 60 iterations. Packs, a bounded tape, and the tangent.
TEST(IccgGradientInDoubles, AdjointIsTheTangent) {
  exec::CpuExec backend(1);
  Beams const beams(true);
  BeamSystem const system(backend, beams, {0, 5});
  auto const solver = system.iccg();
  std::vector<std::int32_t> const tasks{0, 1, 4, 1, 4, 4, 4, 4, 1};
  std::vector<double> const theta{0.01, 0.01, 0.01, 0.036, 0.036, 0.1, 0.2, 0.3, 0.02};
  RunSettings<double> settings{{1e-6}, {243}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft}, 1.0, 256,
                               tasks,  {}};
  auto const tangent = run_lockstep<Pack<double>>(solver, theta, 9, settings, Way::tangent);
  auto const adjoint = run_lockstep<Pack<double>>(solver, theta, 9, settings, Way::adjoint);
  for (std::size_t t = 0; t < 9; ++t) {
    EXPECT_EQ(adjoint.status[t], static_cast<int>(Status::converged));
    EXPECT_EQ(adjoint.iterations[t], tangent.iterations[t]);
    EXPECT_NEAR(adjoint.theta_bar[t] / tangent.theta_bar[t], 1, 1e-5) << t;
  }
  for (int const slots : {3, 5, 17}) {
    settings.tape_slots = slots;
    EXPECT_EQ(run_lockstep<Pack<double>>(solver, theta, 9, settings, Way::adjoint).theta_bar, adjoint.theta_bar);
  }
  settings.tape_slots = 256;
  auto const alone = run_lockstep<double>(solver, theta, 9, settings, Way::adjoint);
  for (std::size_t t = 0; t < 9; ++t) EXPECT_NEAR(alone.theta_bar[t] / adjoint.theta_bar[t], 1, 1e-5) << t;
}

/// A task whose factorisation breaks down has zero gradient, and affects no other.
TEST(IccgGradientInDoubles, OfABreakdownIsZero) {
  exec::CpuExec backend(1);
  Beams const beams(true);
  BeamSystem const system(backend, beams, {1, {}});
  auto const solver = system.iccg();
  std::vector<double> const theta{0.05, 0.1, 0.01};
  RunSettings<double> settings{{1e-6},    {243}, {LossKind::surrogate, LossScale::logarithm, LossValue::soft}, 1.0, 256,
                               {4, 4, 6}, {}};
  for (auto const way : {Way::adjoint, Way::tangent}) {
    auto const all = run_lockstep<Pack<double>>(solver, theta, 3, settings, way);
    EXPECT_EQ(all.status[2], static_cast<int>(Status::breakdown));
    EXPECT_EQ(all.theta_bar[2], 0);
    EXPECT_EQ(all.iterations[2], 243);
    settings.task_of_slot = {4};
    auto const alone = run_lockstep<Pack<double>>(solver, {0.1}, 1, settings, way);
    settings.task_of_slot = {4, 4, 6};
    EXPECT_EQ(all.theta_bar[1], alone.theta_bar[0]);
    EXPECT_NE(alone.theta_bar[0], 0);
  }
}

}  // namespace
}  // namespace metasolve::iccg_adjoint_test
