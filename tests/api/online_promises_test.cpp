// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/api/counted_malloc.hpp"
#include "tests/support/heat_calls.hpp"

/// What a call with an online meta-solver does not do: allocate, learn from nothing, or need another workspace.
namespace metasolve::online_promises_test {
namespace {

using Kind = PreconditionerKind;
using Method = LinearSolver::Method;

class OnlinePromisesOn : public test::HeatCalls {};

TEST_P(OnlinePromisesOn, ACallTakesNoMemory) {
  using Estimator = OnlineMetaSolver::Estimator;
  auto heat = heat_of(2);
  for (auto const estimator : {Estimator::bins, Estimator::least_squares, Estimator::network}) {
    SCOPED_TRACE(static_cast<int>(estimator));
    auto o = options();
    o.estimator = estimator;
    OnlineMetaSolver online(executor(), o);
    solve(heat, 0, 1.0, &online);
    auto const before = backend().allocated();
    auto const calls = [&] {
      for (std::size_t c = 0; c < 12; ++c) solve(heat, c % 2, 1.0, &online, c % 3 != 0);
    };
#if METASOLVE_COUNTS_MALLOC
    if (executor().name() == "cuda") {
      calls();  // the driver allocates
    } else {
      EXPECT_EQ(test::taken_by(calls), 0);
    }
#else
    calls();
#endif
    executor().synchronize();
    EXPECT_EQ(backend().allocated(), before);
    EXPECT_EQ(online.report().calls, 13);
  }
}

TEST_P(OnlinePromisesOn, ACallWithoutTasksTeachesNothing) {
  auto heat = heat_of(1);
  OnlineMetaSolver online(executor(), options()), undisturbed(executor(), options());
  auto* const tally = place(std::vector<Tally>(1, {7, 7}));
  for (int c = 0; c < 8; ++c) {
    heat.cg.solve({}, to_1e8, {.tally = tally}, {.online = {&online, {}}});
    EXPECT_EQ(fetch(tally, 1).front().retried, 0);
    solve(heat, 0, 1.0, &online);
    auto const counts = fetch(heat.iterations, count);
    solve(heat, 0, 1.0, &undisturbed);
    EXPECT_EQ(fetch(heat.iterations, count), counts);
  }
  EXPECT_EQ(online.report().calls, 8);
  EXPECT_EQ(online.learned(), undisturbed.learned());
}

TEST_P(OnlinePromisesOn, TasksOfUnknownFeaturesGetTheConstant) {
  auto heat = heat_of(1);
  auto features = fetch(heat.features[0], count);
  std::vector<std::size_t> const unknown{0, 7, 33, 63};
  std::array const values{std::nan(""), std::numeric_limits<double>::infinity(),
                          -std::numeric_limits<double>::infinity(), std::nan("")};
  for (std::size_t k = 0; k < unknown.size(); ++k) features[unknown[k]] = values[k];
  heat.features[0] = place(features);
  solve(heat, 0, 1.0, nullptr);
  auto const constant = fetch(heat.iterations, count);
  OnlineMetaSolver online(executor(), options());
  std::size_t chosen = 0;
  for (int c = 0; c < 20; ++c) {
    solve(heat, 0, 1.0, &online);
    auto const origin = fetch(heat.origin, count);
    auto const omega = fetch(online.learner().chosen(), count);
    for (auto const t : unknown) {
      EXPECT_EQ(origin[t], Origin::constant) << "task " << t;
      EXPECT_EQ(omega[t], 1);
      EXPECT_EQ(fetch(heat.iterations, count)[t], constant[t]);
    }
    chosen += static_cast<std::size_t>(std::count(origin.begin(), origin.end(), Origin::chosen));
  }
  EXPECT_GT(chosen, 10 * count) << "of the others";
  EXPECT_EQ(online.report().tasks, static_cast<std::int64_t>(20 * (count - unknown.size()))) << "learned from";
}

/// A solver in the caller's memory, as large as without an online meta-solver.
TEST_P(OnlinePromisesOn, TheWorkspaceSuffices) {
  test::HeatSystems const heat(8, count, 4);
  auto const n = static_cast<std::int64_t>(heat.n);
  BatchView<double const> const values{place(heat.values), heat.entries(), 1}, rhs{place(heat.rhs), n, 1},
      guess{place(heat.guess), n, 1};
  Online online{nullptr, {place(heat.diffusion), 1, 1}};
  auto* const iterations = place(std::vector<std::int32_t>(count));
  auto* const x = place(std::vector<double>(count * heat.n));
  Results<double> const results{.iterations = iterations, .solution = {x, n, 1}};
  // make(setup): a solver; calls with two equal online meta-solvers, one by a solver with memory of its own.
  auto const expect = [&](OnlineMetaSolver::Parameter const& parameter, std::size_t bytes, auto&& make, auto&& solve) {
    OnlineMetaSolver one(executor(), test::online_options(parameter, count)),
        other(executor(), test::online_options(parameter, count));
    auto own = make(metasolve::Setup{count});
    metasolve::Setup setup{count};
    setup.workspace = workspace(bytes);
    auto const before = backend().allocated();
    auto within = make(setup);
    for (int c = 0; c < 6; ++c) {
      online.meta_solver = &one;
      solve(own, Policy{.online = online});
      auto const expected = fetch(iterations, count);
      auto const expected_x = fetch(x, count * heat.n);
      online.meta_solver = &other;
      solve(within, Policy{.online = online});
      EXPECT_EQ(fetch(iterations, count), expected);
      EXPECT_EQ(fetch(x, count * heat.n), expected_x);
    }
    EXPECT_EQ(backend().allocated(), before) << "no memory but the caller's";
    EXPECT_EQ(one.learned(), other.learned());
  };
  CgSolver::Options const ssor{.preconditioner = Kind::ssor};
  auto const solve_linear = [&](auto& solver, Policy const& policy) {
    solver.solve({.count = count, .values = values, .rhs = rhs, .guess = guess}, {1e-8, 300}, results, policy);
  };
  for (char const* const name : {"omega", "guess_scale"}) {
    SCOPED_TRACE(name);
    expect(
        {.name = name, .low = 0.5, .high = 1.9, .constant = 1},
        CgSolver::workspace_bytes(executor(), heat.pattern(), ssor, {count}),
        [&](metasolve::Setup const& setup) { return CgSolver(executor(), heat.pattern(), ssor, setup); }, solve_linear);
  }
  for (char const* const name : {"omega", "guess_scale", "restart"}) {
    SCOPED_TRACE(name);
    LinearSolver::Options const gmres{.method = Method::gmres, .preconditioner = Kind::ssor, .restart = 12};
    bool const is_restart = std::string(name) == "restart";
    expect(
        {.name = name, .low = is_restart ? 2 : 0.5, .high = is_restart ? 12 : 1.9, .constant = is_restart ? 12. : 1.},
        LinearSolver::workspace_bytes(executor(), heat.pattern(), gmres, {count}),
        [&](metasolve::Setup const& setup) { return LinearSolver(executor(), heat.pattern(), gmres, setup); },
        solve_linear);
  }
  constexpr auto measure = Measure::relative_residual;
  expect(
      {.name = "guess_scale", .low = 0, .high = 2, .constant = 1},
      JacobiSolver<double>::poisson_workspace_bytes(executor(), static_cast<int>(n), measure, {count}),
      [&](metasolve::Setup const& setup) {
        return JacobiSolver<double>::poisson(executor(), static_cast<int>(n), measure, setup);
      },
      [&](auto& solver, Policy const& policy) {
        solver.solve({.count = count, .rhs = rhs, .guess = guess}, {1e-2, 20000}, results, policy);
      });
}

METASOLVE_ON_EXECUTORS(OnlinePromisesOn);

}  // namespace
}  // namespace metasolve::online_promises_test
