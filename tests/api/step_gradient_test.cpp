// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"

/// ImplicitEulerSolver::gradient: compared with differences of solutions, for each system and every input.
namespace metasolve::step_gradient_test {
namespace {

constexpr std::int64_t wide(std::size_t x) { return static_cast<std::int64_t>(x); }
using Gradient = ImplicitEulerSolver::Gradient;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t count = 21;  // more than the lanes of a pack, and no multiple of them

/// Steps of one system from states on its trajectory. [count][...]
struct Steps {
  std::size_t n = 0, p = 0;
  std::vector<double> previous, parameters, step;
};
struct Bars {
  std::vector<double> previous, parameters, step, time;
  std::vector<std::int32_t> status;

  bool operator==(Bars const& other) const {
    auto const same = [](std::vector<double> const& a, std::vector<double> const& b) {
      if (a.empty() || a.size() != b.size()) return a.size() == b.size();  // memcmp takes no null
      return std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0;
    };
    return same(previous, other.previous) && same(parameters, other.parameters) && same(step, other.step) &&
           same(time, other.time) && status == other.status;
  }
};

class StepGradientOn : public test::CallerMemory {
 protected:
  [[nodiscard]] ImplicitEulerSolver solver(std::string const& system) {
    return {executor(), {.name = system, .method = ImplicitEulerSolver::Method::newton}, {wide(count)}};
  }
  /// As exactly as rounding allows: Newton's method, until it has no effect.
  std::vector<double> solve(ImplicitEulerSolver& ode, Steps const& s) {
    auto* const y = place(s.previous);
    ode.solve({.count = wide(count),
               .previous = {place(s.previous), wide(s.n), 1},
               .parameters = {place(s.parameters), wide(s.p), 1},
               .step = {place(s.step), 1}},
              {1e-300, 30}, {.solution = {y, wide(s.n), 1}});
    return fetch(y, count * s.n);
  }
  /// Each task after some steps of its own size, with its own parameters.
  Steps steps(ImplicitEulerSolver& ode, systems::OdeDescription const& d) {
    Steps s{static_cast<std::size_t>(d.size), static_cast<std::size_t>(d.parameters), {}, {}, {}};
    for (std::size_t k = 0; k < count; ++k) {
      double const part = static_cast<double>(k) / count;
      s.previous.insert(s.previous.end(), d.initial_state.begin(), d.initial_state.end());
      for (double const p : d.default_parameters) s.parameters.push_back(p * (1 + 0.2 * part));
      s.step.push_back(0.02 * std::pow(10.0, 1.5 * part));
    }
    for (int i = 0; i < 5; ++i) s.previous = solve(ode, s);
    return s;
  }
  Bars differentiate(ImplicitEulerSolver& ode, Steps const& s, std::vector<double> const& y,
                     std::vector<double> const& y_bar, std::size_t first = 0, std::size_t tasks = count) {
    auto* const previous = place(std::vector<double>(tasks * s.n, -7));
    auto* const parameters = place(std::vector<double>(tasks * s.p, -7));
    auto* const step = place(std::vector<double>(tasks, -7));
    auto* const time = place(std::vector<double>(tasks, -7));
    auto* const status = place(std::vector<std::int32_t>(tasks, -7));
    ode.gradient({.count = wide(tasks),
                  .parameters = {place(s.parameters) + first * s.p, wide(s.p), 1},
                  .step = {place(s.step) + first, 1}},
                 {.solution = {place(y) + first * s.n, wide(s.n), 1},
                  .solution_bar = {place(y_bar) + first * s.n, wide(s.n), 1},
                  .previous_bar = {previous, wide(s.n), 1},
                  .parameters_bar = {parameters, wide(s.p), 1},
                  .step_bar = step,
                  .time_bar = time},
                 status);
    return {fetch(previous, tasks * s.n), fetch(parameters, tasks * s.p), fetch(step, tasks), fetch(time, tasks),
            fetch(status, tasks)};
  }
  /// In units of each unknown, so that all of them count.
  static std::vector<double> weights(std::vector<double> const& y) {
    std::vector<double> w;
    for (std::size_t i = 0; i < y.size(); ++i) w.push_back(std::sin(1.0 + static_cast<double>(i)) / std::abs(y[i]));
    return w;
  }
};
METASOLVE_ON_EXECUTORS(StepGradientOn);

TEST_P(StepGradientOn, AgreesWithDifferencesOfSolutions) {
  for (auto const& d : systems::known_odes()) {
    SCOPED_TRACE(d.name);
    auto ode = solver(d.name);
    auto const s = steps(ode, d);
    auto const y = solve(ode, s);
    auto const w = weights(y);
    auto const bars = differentiate(ode, s, y, w);
    EXPECT_EQ(bars.status, std::vector<std::int32_t>(count, 0));
    EXPECT_EQ(bars.time, std::vector<double>(count, 0)) << "f does not depend on t";

    // Slopes by the logarithm of each input.
    std::vector<std::vector<double>> found, expected;
    auto const compare = [&](std::vector<double> Steps::*numbers, std::size_t items, std::size_t i,
                             std::vector<double> const& of_input) {
      double const by = 1e-3;
      auto const moved = [&](double times) {
        auto to = s;
        for (std::size_t k = 0; k < count; ++k) (to.*numbers)[k * items + i] *= 1 + times * by;
        auto const at = solve(ode, to);
        std::vector<double> changes(count);
        for (std::size_t k = 0; k < count; ++k) {
          for (std::size_t j = 0; j < s.n; ++j) changes[k] += w[k * s.n + j] * (at[k * s.n + j] - y[k * s.n + j]);
        }
        return changes;
      };
      auto const up = moved(1), down = moved(-1), far_up = moved(2), far_down = moved(-2);
      std::vector<double> slopes(count), by_gradient(count);
      for (std::size_t k = 0; k < count; ++k) {
        slopes[k] = (8 * (up[k] - down[k]) - (far_up[k] - far_down[k])) / (12 * by);
        by_gradient[k] = of_input[k * items + i] * (s.*numbers)[k * items + i];
      }
      found.push_back(by_gradient);
      expected.push_back(slopes);
    };
    for (std::size_t i = 0; i < s.n; ++i) compare(&Steps::previous, s.n, i, bars.previous);
    for (std::size_t i = 0; i < s.p; ++i) compare(&Steps::parameters, s.p, i, bars.parameters);
    compare(&Steps::step, 1, 0, bars.step);
    for (std::size_t k = 0; k < count; ++k) {
      double largest = 0;
      for (auto const& slopes : expected) largest = std::max(largest, std::abs(slopes[k]));
      EXPECT_GT(largest, 0.1);
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(found[i][k], expected[i][k], 1e-6 * std::max(std::abs(expected[i][k]), 1e-3 * largest))
            << "task " << k << ", input " << i;
      }
    }
  }
}

TEST_P(StepGradientOn, ATaskDependsOnItselfAlone) {
  for (auto const& d : systems::known_odes()) {
    SCOPED_TRACE(d.name);
    auto ode = solver(d.name);
    auto const s = steps(ode, d);
    auto const y = solve(ode, s);
    auto const w = weights(y);
    auto const all = differentiate(ode, s, y, w);
    for (std::size_t k = 0; k < count; ++k) {
      auto const part = [&](std::vector<double> const& of, std::size_t items) {
        return std::vector<double>(of.begin() + wide(k * items), of.begin() + wide((k + 1) * items));
      };
      Bars const expected{
          part(all.previous, s.n), part(all.parameters, s.p), part(all.step, 1), part(all.time, 1), {all.status[k]}};
      EXPECT_EQ(differentiate(ode, s, y, w, k, 1), expected) << "task " << k;
    }
    auto sor = ImplicitEulerSolver(executor(), {.name = d.name}, {wide(count)});
    EXPECT_EQ(differentiate(sor, s, y, w), all) << "whichever method has solved";
  }
}

TEST_P(StepGradientOn, SharedParametersAndColumnsGiveEachTaskItsOwn) {
  auto ode = solver("robertson");
  auto s = steps(ode, systems::find_ode("robertson", ""));
  for (std::size_t i = 3; i < s.parameters.size(); ++i) s.parameters[i] = s.parameters[i - 3];
  s.step.assign(count, 0.1);
  auto const y = solve(ode, s);
  auto const w = weights(y);
  auto const expected = differentiate(ode, s, y, w);
  // In place, by columns, and without the optional outputs.
  auto const columns = [&](std::vector<double> const& rows) {
    std::vector<double> to(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) to[i % 3 * count + i / 3] = rows[i];
    return to;
  };
  auto* const bar = place(columns(w));
  auto* const parameters = place(std::vector<double>(3 * count));
  ImplicitEulerSolver::Tasks const tasks{
      .count = wide(count), .parameters = {place(s.parameters), 0, 1}, .step = 0.1, .time = 5};
  Gradient gradient{.solution = {place(columns(y)), 1, wide(count)},
                    .solution_bar = {bar, 1, wide(count)},
                    .previous_bar = {bar, 1, wide(count)}};
  ode.gradient(tasks, gradient);
  EXPECT_EQ(fetch(bar, 3 * count), columns(expected.previous));
  gradient.solution_bar = {place(columns(w)), 1, wide(count)};
  gradient.parameters_bar = {parameters, 1, wide(count)};
  ode.gradient(tasks, gradient);
  EXPECT_EQ(fetch(parameters, 3 * count), columns(expected.parameters));
}

TEST_P(StepGradientOn, WhatHasNoGradientIsNanAndSaysWhy) {
  auto ode = solver("van_der_pol");
  // With y = (0, 0), h = 1 and mu = 2 the matrix is (1 -1; 1 -1).
  Steps s{2, 1, {}, std::vector<double>(count, 2), std::vector<double>(count, 1)};
  std::vector<double> y(2 * count, 0.5), y_bar(2 * count, 1);
  std::vector<std::int32_t> expected(count, static_cast<std::int32_t>(Status::converged));
  auto const fails = [&](std::size_t k, Status why) { expected[k] = static_cast<std::int32_t>(why); };
  y[0] = y[1] = 0, fails(0, Status::breakdown);
  s.step[2] = 0, fails(2, Status::breakdown);
  s.step[3] = nan, fails(3, Status::breakdown);
  s.parameters[5] = std::numeric_limits<double>::infinity(), fails(5, Status::breakdown);
  y[2 * 6] = nan, fails(6, Status::not_finite);
  y_bar[2 * 8 + 1] = nan, fails(8, Status::not_finite);
  y_bar[2 * 20] = std::numeric_limits<double>::infinity(), fails(20, Status::not_finite);
  auto const bars = differentiate(ode, s, y, y_bar);
  EXPECT_EQ(bars.status, expected);
  for (std::size_t k = 0; k < count; ++k) {
    bool const failed = expected[k] != 0;
    for (double const x :
         {bars.previous[2 * k], bars.previous[2 * k + 1], bars.parameters[k], bars.step[k], bars.time[k]}) {
      EXPECT_EQ(std::isnan(x), failed) << "task " << k;
    }
  }
}

TEST_P(StepGradientOn, WrongArgumentsAreNamed) {
  auto ode = solver("robertson");
  auto* const numbers = place(std::vector<double>(20, 1));
  ImplicitEulerSolver::Tasks const tasks{.count = 1, .parameters = {numbers, 3, 1}, .step = 0.1};
  Gradient const gradient{.solution = {numbers + 3, 3, 1},
                          .solution_bar = {numbers + 6, 3, 1},
                          .previous_bar = {numbers + 9, 3, 1},
                          .parameters_bar = {numbers + 12, 3, 1},
                          .step_bar = numbers + 15,
                          .time_bar = numbers + 16};
  EXPECT_NO_THROW(ode.gradient(tasks, gradient));
  EXPECT_NO_THROW(ode.gradient({}, {})) << "no tasks are no error";
  auto const expect = [&](std::string const& text, auto const& edit) {
    auto of = tasks;
    auto g = gradient;
    edit(of, g);
    test::expect_message<InputError>([&] { ode.gradient(of, g); }, {text});
  };
  expect("gradient.solution is null", [](auto&, auto& g) { g.solution.data = nullptr; });
  expect("gradient.solution_bar is null", [](auto&, auto& g) { g.solution_bar.data = nullptr; });
  expect("gradient.previous_bar is null", [](auto&, auto& g) { g.previous_bar.data = nullptr; });
  expect("tasks.parameters is null", [](auto& t, auto&) { t.parameters.data = nullptr; });
  expect("tasks.step is 0", [](auto& t, auto&) { t.step = 0.0; });
  expect("tasks.time", [](auto& t, auto&) { t.time = nan; });
  expect("tasks.count", [](auto& t, auto&) { t.count = wide(count) + 1; });
  expect("gradient.previous_bar overlaps gradient.parameters_bar", [](auto&, auto& g) { g.previous_bar.data += 1; });
  expect("gradient.step_bar overlaps gradient.solution", [&](auto&, auto& g) { g.step_bar = numbers + 4; });
  expect("gradient.previous_bar overlaps gradient.solution_bar", [](auto&, auto& g) { g.previous_bar.data -= 2; });
  expect("gradient.parameters_bar has strides", [](auto& t, auto& g) {
    t.count = 2;
    g.parameters_bar.task_stride = 0;
  });
}

}  // namespace
}  // namespace metasolve::step_gradient_test
