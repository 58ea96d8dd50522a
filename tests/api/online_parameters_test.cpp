// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "metasolve/cg_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/support/online_on.hpp"

/// A call with an online meta-solver gives each task what a plain call gives it with the values chosen, to the bit: for
/// each parameter of the linear solvers.
namespace metasolve::online_parameters_test {
namespace {

using Kind = PreconditionerKind;
using Method = LinearSolver::Method;
using Parameter = OnlineMetaSolver::Parameter;

constexpr std::size_t count = 48;
constexpr std::int32_t limit = 300;
constexpr Stopping<double> to_1e8{1e-8, limit};

class OnlineParametersOn : public test::OnlineOn {
 protected:
  void SetUp() override {
    OnlineOn::SetUp();
    if (IsSkipped()) return;
    features_ = {place(heat_.diffusion), 1, 1};
  }
  template <class Solver>
  typename Solver::Tasks tasks(test::HeatSystems const& s) {
    auto const n = static_cast<std::int64_t>(s.n);
    return {.count = count, .values = {place(s.values), s.entries(), 1}, .rhs = {place(s.rhs), n, 1}};
  }

  /// `member` of the tasks is what is chosen.
  template <class Solver>
  void expect_plain(Solver& solver, test::HeatSystems const& s, Column<double> Solver::Tasks::*member,
                    Parameter const& parameter, bool with_guess = false) {
    auto given = tasks<Solver>(s);
    if (with_guess) given.guess = {place(s.guess), static_cast<std::int64_t>(s.n), 1};
    Solve<double> const solve = [&](Columns const& columns, Results<double> const& results, Policy const& policy) {
      given.*member = columns[0];
      solver.solve(given, to_1e8, results, policy);
    };
    Plain<double> const plain = [&](std::vector<double> const& chosen) {
      return call(solve, count, s.n, {{place(chosen), 1}});
    };
    auto const of = expect_plain_calls<double>(test::online_options(parameter, count), solve, plain, count, s.n,
                                               features_, limit, 12);
    EXPECT_GT(of[0], count) << "chosen";
    EXPECT_GT(of[3], 0u) << "constant";
  }

  test::HeatSystems const heat_{10, count, 3};
  BatchView<double const> features_;
};

Parameter const omega{.name = "omega", .low = 0.2, .high = 1.95, .constant = 1};
Parameter const shift{.name = "shift", .low = 0, .high = 3, .constant = 0.1};

TEST_P(OnlineParametersOn, OmegaOfConjugateGradients) {
  for (bool const with_guess : {false, true}) {
    CgSolver cg(executor(), heat_.pattern(), {.preconditioner = Kind::ssor}, {count});
    expect_plain(cg, heat_, &CgSolver::Tasks::omega, omega, with_guess);
  }
}

TEST_P(OnlineParametersOn, ShiftOfConjugateGradientsInEachScale) {
  using Scale = CgSolver::ShiftScale;
  for (auto const scale : {Scale::automatic, Scale::absolute, Scale::diagonal}) {
    SCOPED_TRACE(static_cast<int>(scale));
    CgSolver cg(executor(), heat_.pattern(), {.fill_level = 0, .shift_scale = scale}, {count});
    auto of_scale = shift;
    if (scale != Scale::diagonal) of_scale.high = 30, of_scale.constant = 4;
    expect_plain(cg, heat_, &CgSolver::Tasks::shift, of_scale);
  }
}

TEST_P(OnlineParametersOn, OmegaAndShiftOfLinearSolver) {
  test::HeatSystems const windy(10, count, 5, 0.7);
  for (auto const method : {Method::cg, Method::bicgstab, Method::gmres}) {
    SCOPED_TRACE(static_cast<int>(method));
    bool const is_cg = method == Method::cg;
    auto const& s = is_cg ? heat_ : windy;
    if (!is_cg) features_ = {place(windy.diffusion), 1, 1};
    auto const matrix = is_cg ? LinearSolver::Matrix::positive_definite : LinearSolver::Matrix::general;
    if (is_cg) features_ = {place(heat_.diffusion), 1, 1};
    LinearSolver with_ssor(executor(), s.pattern(), {.matrix = matrix, .method = method, .preconditioner = Kind::ssor},
                           {count});
    expect_plain(with_ssor, s, &LinearSolver::Tasks::omega, omega);
    LinearSolver with_factor(executor(), s.pattern(), {.matrix = matrix, .method = method}, {count});
    expect_plain(with_factor, s, &LinearSolver::Tasks::shift, shift, true);
  }
}

TEST_P(OnlineParametersOn, RestartOfGmres) {
  test::HeatSystems const windy(10, count, 5, 0.3);
  features_ = {place(windy.diffusion), 1, 1};
  LinearSolver::Options const gmres{.method = Method::gmres, .preconditioner = Kind::jacobi, .restart = 40};
  auto const given = tasks<LinearSolver>(windy);
  // The solver's constant is its own restart length; a value in between restarts after the next whole number.
  LinearSolver solver(executor(), windy.pattern(), gmres, {count});
  Solve<double> const solve = [&](Columns const&, Results<double> const& results, Policy const& policy) {
    solver.solve(given, to_1e8, results, policy);
  };
  std::map<int, test::OnlineOutcome<double>> with;
  Plain<double> const plain = [&](std::vector<double> const& chosen) {
    test::OnlineOutcome<double> all;
    all.x.resize(count * windy.n);
    for (std::size_t t = 0; t < count; ++t) {
      int const restart = static_cast<int>(std::ceil(chosen[t]));
      if (!with.contains(restart)) {
        auto options = gmres;
        options.restart = restart;
        LinearSolver other(executor(), windy.pattern(), options, {count});
        Solve<double> const by_other = [&](Columns const&, Results<double> const& results, Policy const&) {
          other.solve(given, to_1e8, results);
        };
        with[restart] = call(by_other, count, windy.n, {});
      }
      auto const& of = with[restart];
      all.status.push_back(of.status[t]);
      all.iterations.push_back(of.iterations[t]);
      std::copy_n(of.x.data() + t * windy.n, windy.n, all.x.data() + t * windy.n);
    }
    return all;
  };
  auto options =
      test::online_options({.name = "restart", .low = 1, .high = 40, .constant = 40, .iteration_cost = 0.05}, count);
  auto const of = expect_plain_calls<double>(options, solve, plain, count, windy.n, features_, limit, 12, 1e-10);
  EXPECT_GT(of[0], count);
  EXPECT_GT(with.size(), 4u) << "restart lengths tried";
}

/// The caller's guess, scaled by the caller.
TEST_P(OnlineParametersOn, GuessScaleOfKrylovMethods) {
  auto const n = static_cast<std::int64_t>(heat_.n);
  auto const scaled = [&](std::vector<double> const& chosen) {
    auto guess = heat_.guess;
    for (std::size_t i = 0; i < guess.size(); ++i) guess[i] *= chosen[i / heat_.n];
    return place(guess);
  };
  auto const expect = [&](auto& solver, auto given) {
    auto const own = place(heat_.guess);
    given.guess = {own, n, 1};
    Solve<double> const solve = [&](Columns const&, Results<double> const& results, Policy const& policy) {
      solver.solve(given, to_1e8, results, policy);
    };
    Plain<double> const plain = [&](std::vector<double> const& chosen) {
      given.guess = {scaled(chosen), n, 1};
      auto out = call(solve, count, heat_.n, {});
      given.guess = {own, n, 1};
      return out;
    };
    auto const options =
        test::online_options({.name = "guess_scale", .low = -200, .high = 200, .constant = 1, .values = 9}, count);
    expect_plain_calls<double>(options, solve, plain, count, heat_.n, features_, limit, 12, 1e-10);
  };
  CgSolver cg(executor(), heat_.pattern(), {.preconditioner = Kind::jacobi}, {count});
  expect(cg, tasks<CgSolver>(heat_));
  for (auto const method : {Method::bicgstab, Method::gmres}) {
    SCOPED_TRACE(static_cast<int>(method));
    LinearSolver solver(executor(), heat_.pattern(), {.method = method, .preconditioner = Kind::none}, {count});
    expect(solver, tasks<LinearSolver>(heat_));
  }
}

TEST_P(OnlineParametersOn, GuessScaleOfJacobi) {
  constexpr int unknowns = 12;
  auto const expect = [&]<class Real>(Real tolerance) {
    constexpr std::int32_t most = 1500;
    std::mt19937 random(11);
    std::vector<Real> rhs, guess;
    for (std::size_t i = 0; i < count * unknowns; ++i) {
      rhs.push_back(static_cast<Real>(random()) / Real(4294967296.0));
      guess.push_back(rhs.back() * Real(3) + Real(0.1));
    }
    auto solver = JacobiSolver<Real>::poisson(executor(), unknowns, Measure::relative_residual, {count});
    typename JacobiSolver<Real>::Tasks given{.count = count, .rhs = {place(rhs), unknowns, 1}};
    auto* const own = place(guess);
    given.guess = {own, unknowns, 1};
    Solve<Real> const solve = [&](Columns const&, Results<Real> const& results, Policy const& policy) {
      solver.solve(given, {tolerance, most}, results, policy);
    };
    Plain<Real> const plain = [&](std::vector<double> const& chosen) {
      auto scaled = guess;
      for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= static_cast<Real>(chosen[i / unknowns]);
      given.guess = {place(scaled), unknowns, 1};
      auto out = call(solve, count, unknowns, {});
      given.guess = {own, unknowns, 1};
      return out;
    };
    auto const options = test::online_options({.name = "guess_scale", .low = -2, .high = 6, .constant = 1}, count);
    auto const of = expect_plain_calls<Real>(options, solve, plain, count, unknowns, features_, most, 12);
    EXPECT_GT(of[0], count);
  };
  expect(1e-4f);
  expect(1e-6);
}

/// What a call chose does not stay in the solver.
TEST_P(OnlineParametersOn, APlainCallAfterwardsIsAsBefore) {
  auto const n = static_cast<std::int64_t>(heat_.n);
  LinearSolver solver(executor(), heat_.pattern(), {.method = Method::gmres, .preconditioner = Kind::ssor}, {count});
  auto given = tasks<LinearSolver>(heat_);
  given.omega = 1.3;
  given.guess = {place(heat_.guess), n, 1};
  Solve<double> const solve = [&](Columns const&, Results<double> const& results, Policy const& policy) {
    solver.solve(given, to_1e8, results, policy);
  };
  auto const before = call(solve, count, heat_.n, {});
  auto options = test::online_options({.name = "restart", .low = 2, .high = 30, .constant = 30, .values = 6}, count);
  options.parameters.push_back({.name = "omega", .low = 0.5, .high = 1.9, .constant = 1.3, .values = 6});
  options.parameters.push_back({.name = "guess_scale", .low = 0, .high = 20, .constant = 1, .values = 4});
  OnlineMetaSolver online(executor(), options);
  for (int c = 0; c < 6; ++c) {
    call(solve, count, heat_.n, Columns(3), {&online, features_});
    auto const after = call(solve, count, heat_.n, {});
    EXPECT_EQ(after.iterations, before.iterations);
    EXPECT_EQ(after.x, before.x);
    EXPECT_EQ(after.origin, before.origin);
  }
}

METASOLVE_ON_EXECUTORS(OnlineParametersOn);

}  // namespace
}  // namespace metasolve::online_parameters_test
