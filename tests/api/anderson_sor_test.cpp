// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "metasolve/detail/problems/robertson.hpp"
#include "metasolve/detail/systems/known_odes.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/robertson_steps.hpp"

/// Newton-SOR with Anderson's acceleration by the public solver of ODE steps, on each executor.
namespace metasolve::anderson_sor_test {
namespace {

using Method = ImplicitEulerSolver::Method;
using test::robertson_network, test::to_1e9;

constexpr ImplicitEulerSolver::System accelerated{.name = "robertson", .clamps = true, .method = Method::anderson_sor};

class AndersonSorOn : public test::RobertsonSteps {
 protected:
  [[nodiscard]] ImplicitEulerSolver::Tasks tasks_at(double relaxation) const {
    auto t = tasks();
    t.relaxation = relaxation;
    return t;
  }
};

TEST_P(AndersonSorOn, ComesToTheSolutionsOfPlainSweepsInFewer) {
  auto plain = solver();
  plain.solve(tasks(), {1e-12, 100000}, results());
  auto const expected = solutions();
  auto const sweeps = counts();
  ImplicitEulerSolver ode(executor(), accelerated, {n});
  ode.solve(tasks_at(1), {1e-12, 10000}, results());
  EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
  auto const found = solutions();
  auto const fewer = counts();
  auto const sum = [](auto const& x) { return std::accumulate(x.begin(), x.end(), std::int64_t{0}); };
  EXPECT_LT(5 * sum(fewer), sum(sweeps));
  for (std::size_t i = 0; i < 3 * n; ++i) EXPECT_NEAR(found[i], expected[i], 1e-8) << "task " << i / 3;
}

TEST_P(AndersonSorOn, BeginsWithThePlainSweep) {
  auto plain = solver();
  ImplicitEulerSolver ode(executor(), accelerated, {n});
  for (int const k : {0, 1}) {
    plain.solve(tasks_at(1.2), {1e-300, k}, results());
    auto const expected = outcome();
    ode.solve(tasks_at(1.2), {1e-300, k}, results());
    EXPECT_EQ(outcome(), expected) << k;
  }
  ode.solve(tasks_at(1.2), {1e-300, 3}, results());
  auto const at_3 = solutions();
  plain.solve(tasks_at(1.2), {1e-300, 3}, results());
  EXPECT_NE(solutions(), at_3);
}

TEST_P(AndersonSorOn, ATasksBitsAreItsOwn) {
  ImplicitEulerSolver ode(executor(), accelerated, {n});
  ode.solve(tasks_at(1.1), to_1e9, results());
  auto const together = outcome();
  for (std::size_t t = 0; t < n; t += 97) {
    auto one = tasks_at(1.1);
    one.count = 1;
    one.previous.data += 3 * t;
    one.parameters.data += 3 * t;
    one.step.data += t;
    ode.solve(one, to_1e9, results());
    EXPECT_EQ(counts()[0], together.iterations[t]);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(solutions()[i], together.solution[3 * t + i]);
  }
}

/// Also of sizes at which the iteration is not in registers.
TEST_P(AndersonSorOn, SolvesStepsOfEachSystem) {
  for (auto const& system : systems::known_odes()) {
    auto const size = static_cast<std::size_t>(system.size);
    std::vector<double> by_newton;
    for (auto const method : {Method::newton, Method::anderson_sor}) {
      ImplicitEulerSolver ode(executor(), {.name = system.name, .method = method}, {1});
      auto* const y = place(system.initial_state);
      auto* const p = place(system.default_parameters);
      auto r = results();
      r.solution = {y, system.size, 1};
      for (int step = 0; step < 3; ++step) {
        ode.solve({.count = 1,
                   .previous = {y, system.size, 1},
                   .parameters = {p, system.parameters, 1},
                   .step = 1e-4,
                   .relaxation = 1},
                  {1e-11, 1000}, r);
        EXPECT_EQ(fetch(status_, 1)[0], 0) << system.name;
      }
      auto const end = fetch(y, size);
      if (method == Method::newton) {
        by_newton = end;
        continue;
      }
      for (std::size_t i = 0; i < size; ++i) {
        EXPECT_NEAR(end[i], by_newton[i], 1e-9 * (1 + std::abs(by_newton[i]))) << system.name;
      }
    }
  }
}

TEST_P(AndersonSorOn, ATaskThatIsNotFiniteEndsAlone) {
  ImplicitEulerSolver ode(executor(), accelerated, {n});
  ode.solve(tasks_at(1), to_1e9, results());
  auto expected = outcome();
  auto c = reference_.c;
  c[3 * 7] = std::numeric_limits<double>::quiet_NaN();
  auto t = tasks_at(1);
  t.parameters = {place(c), 3, 1};
  ode.solve(t, to_1e9, results());
  auto const found = outcome();
  EXPECT_EQ(found.status[7], static_cast<int>(Status::breakdown));
  expected.iterations[7] = found.iterations[7];
  EXPECT_EQ(found.iterations, expected.iterations);
}

TEST_P(AndersonSorOn, TakesItsOwnMetaSolvers) {
  for (int const width : {16, 100}) {  // fused into the solve; before it
    auto config = robertson_network(width);
    auto const plain = test::meta_solver(config);
    config.of<problems::RobertsonSettings>().acceleration = problems::Acceleration::anderson;
    auto const meta_solver = test::meta_solver(config);
    ImplicitEulerSolver ode(executor(), accelerated, {n, meta_solver});
    ode.solve(tasks_at(1), to_1e9, results(), {.meta_solver = false});
    auto const constant = counts();
    ode.solve(tasks_at(1), to_1e9, results());
    EXPECT_NE(counts(), constant);
    EXPECT_EQ(fetch(status_, n), std::vector<std::int32_t>(n, 0));
    test::expect_message<InputError>(
        [&] {
          ImplicitEulerSolver(executor(), accelerated, {n, plain});
        },
        {"without acceleration", "set newton_sor"});
    test::expect_message<InputError>(
        [&] {
          ImplicitEulerSolver(executor(), test::robertson, {n, meta_solver});
        },
        {"with Anderson's acceleration", "set anderson_sor"});
  }
}

METASOLVE_ON_EXECUTORS(AndersonSorOn);

}  // namespace
}  // namespace metasolve::anderson_sor_test
