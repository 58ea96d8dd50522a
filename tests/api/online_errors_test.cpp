// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/cg_solver.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/linear_solver.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/online_on.hpp"

/// Online meta-solvers that do not fit a call are refused before anything runs, with cause and remedy.
namespace metasolve::online_errors_test {
namespace {

using Kind = PreconditionerKind;
using Method = LinearSolver::Method;
using Parameter = OnlineMetaSolver::Parameter;

constexpr std::size_t count = 4;
Parameter const omega{.name = "omega", .low = 1, .high = 1.9, .constant = 1.2};
Parameter const shift{.name = "shift", .low = 0, .high = 1, .constant = 0.1};
Parameter const guess_scale{.name = "guess_scale", .low = 0, .high = 2, .constant = 1};

class OnlineErrorsOn : public test::OnlineOn {
 protected:
  void SetUp() override {
    OnlineOn::SetUp();
    if (IsSkipped()) return;
    values_ = place(heat_.values);
    rhs_ = place(heat_.rhs);
    status_ = place(std::vector<std::int32_t>(count, -1));
    features_ = place(heat_.diffusion);
  }
  template <class Solver>
  typename Solver::Tasks tasks() const {
    auto const n = static_cast<std::int64_t>(heat_.n);
    return {.count = count, .values = {values_, heat_.entries(), 1}, .rhs = {rhs_, n, 1}};
  }
  OnlineMetaSolver made(Parameter const& parameter, std::int64_t capacity = count) const {
    return {executor(), {.parameters = {parameter}, .capacity = capacity}};
  }
  template <class Solver>
  void refuses(Solver& solver, OnlineMetaSolver& online, std::initializer_list<std::string> parts) {
    test::expect_message<InputError>(
        [&] {
          solver.solve(tasks<Solver>(), {1e-8, 100}, {.status = status_}, {.online = {&online, {}}});
        },
        parts);
    EXPECT_EQ(fetch(status_, count), std::vector<std::int32_t>(count, -1)) << "nothing has run";
    EXPECT_EQ(online.report().calls, 0);
  }
  CgSolver cg(Kind kind) const { return {executor(), heat_.pattern(), {.preconditioner = kind}, {count}}; }
  LinearSolver linear(Method method, Kind kind) const {
    return {executor(), heat_.pattern(), {.method = method, .preconditioner = kind, .restart = 20}, {count}};
  }

  test::HeatSystems const heat_{4, count, 1};
  double *values_ = nullptr, *rhs_ = nullptr, *features_ = nullptr;
  std::int32_t* status_ = nullptr;
};

TEST_P(OnlineErrorsOn, ParametersThatTheSolverHasNot) {
  Parameter unknown{.name = "omeega", .low = 1, .high = 1.9, .constant = 1.2};
  auto online = made(unknown), with_omega = made(omega), with_shift = made(shift), with_guess = made(guess_scale);
  auto with_restart = made({.name = "restart", .low = 2, .high = 20, .constant = 20});
  auto with_long = made({.name = "restart", .low = 2, .high = 21, .constant = 20});
  auto ssor = cg(Kind::ssor), ic = cg(Kind::incomplete_cholesky), jacobi = cg(Kind::jacobi);
  refuses(ssor, online, {"\"omeega\"", "which this solver has not", "it has: omega"});
  refuses(ic, online, {"\"omeega\"", "which this solver has not", "it has: shift"});
  refuses(jacobi, online, {"\"omeega\"", "it has: none"});
  refuses(ssor, with_shift, {"\"shift\"", "this preconditioner has none", "it has: omega"});
  refuses(ic, with_omega, {"\"omega\"", "only the preconditioner ssor has it", "it has: shift"});
  refuses(ssor, with_restart, {"\"restart\"", "which this solver has not", "it has: omega"});
  for (auto* const solver : {&ssor, &ic, &jacobi}) {
    refuses(*solver, with_guess, {"\"guess_scale\"", "it scales tasks.guess, which is null"});
  }
  auto bicgstab = linear(Method::bicgstab, Kind::ilu), gmres = linear(Method::gmres, Kind::ssor);
  refuses(bicgstab, with_restart, {"\"restart\"", "only gmres has it", "it has: shift"});
  refuses(gmres, online, {"\"omeega\"", "which this solver has not", "it has: omega, restart"});
  refuses(gmres, with_shift, {"\"shift\"", "this preconditioner has none", "it has: omega, restart"});
  refuses(gmres, with_guess, {"\"guess_scale\"", "tasks.guess, which is null"});
  refuses(gmres, with_long, {"\"restart\" from 2", "to 21", "this solver takes 1", "to 20"});
  for (auto const method : {Method::lu, Method::dense_lu}) {
    auto direct = linear(method, Kind::automatic);
    refuses(direct, with_omega, {"policy.online", "a direct method has no parameters to choose"});
  }
}

TEST_P(OnlineErrorsOn, RangesThatTheSolverDoesNotTake) {
  auto ssor = cg(Kind::ssor), ic = cg(Kind::incomplete_cholesky);
  for (auto const& [low, high] : {std::pair{0.0, 1.9}, std::pair{-0.5, 1.9}, std::pair{1.0, 2.0}}) {
    auto online = made({.name = "omega", .low = low, .high = high, .constant = 1.2});
    refuses(ssor, online, {"\"omega\" from", high < 2 ? " to 1.9;" : "from 1 to 2;", "above 0 and below 2"});
  }
  auto negative = made({.name = "shift", .low = -1e-3, .high = 1, .constant = 0.1});
  refuses(ic, negative, {"\"shift\" from -0.001", "this solver takes 0"});
  ImplicitEulerSolver ode(executor(), {"robertson", true}, {count});
  auto wide = made({.name = "relaxation", .low = 0.5, .high = 2, .constant = 1.2});
  ImplicitEulerSolver::Tasks const steps{
      .count = count, .previous = {rhs_, 3, 1}, .parameters = {rhs_, 3, 1}, .step = 0.1};
  auto const solve = [&](OnlineMetaSolver& online) {
    ode.solve(steps, {1e-8, 100}, {.status = status_}, {.online = {&online, {}}});
  };
  test::expect_message<InputError>([&] { solve(wide); }, {"\"relaxation\" from 0.5", "above 0 and below 2"});
  auto other = made(omega);
  test::expect_message<InputError>([&] { solve(other); }, {"\"omega\"", "which this solver has not", "relaxation"});
}

TEST_P(OnlineErrorsOn, TheCallDoesNotFit) {
  auto ssor = cg(Kind::ssor);
  auto small = made(omega, count - 1);
  refuses(ssor, small, {"capacity of 3 tasks", "given 4"});
  auto const another = Executor::open(executor().name(), 1);
  OnlineMetaSolver elsewhere(another, {.parameters = {omega}, .capacity = count});
  refuses(ssor, elsewhere, {"another executor", "give both the same one"});
  OnlineMetaSolver sees(executor(), test::online_options(omega, count));
  refuses(ssor, sees, {"online.features is null", "1 features"});
}

TEST_P(OnlineErrorsOn, ResultsMayOverlapTheFeatures) {
  auto ssor = cg(Kind::ssor);
  OnlineMetaSolver online(executor(), test::online_options(omega, count));
  EXPECT_NO_THROW(
      ssor.solve(tasks<CgSolver>(), {1e-8, 100}, {.measure = features_}, {.online = {&online, {features_, 1, 1}}}))
      << "they are read before anything is written";
  executor().synchronize();
}

TEST_P(OnlineErrorsOn, JacobiHasAGuessAlone) {
  auto jacobi = JacobiSolver<float>::poisson(executor(), 3, Measure::relative_residual, {count});
  auto* const rhs = place(std::vector<float>(3 * count, 1));
  for (auto const& parameter : {omega, guess_scale}) {
    auto online = made(parameter);
    bool const is_guess = parameter.name == "guess_scale";
    test::expect_message<InputError>(
        [&] {
          jacobi.solve({count, {rhs, 3, 1}}, {}, {.status = status_}, {.online = {&online, {}}});
        },
        {"\"" + parameter.name + "\"", is_guess ? "tasks.guess, which is null" : "which this solver has not",
         "it has: none"});
  }
}

METASOLVE_ON_EXECUTORS(OnlineErrorsOn);

}  // namespace
}  // namespace metasolve::online_errors_test
