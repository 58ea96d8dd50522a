// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/robertson_steps.hpp"

/// A task's bits do not depend on other tasks when a network too wide to be fused predicts its parameters: alone, in a
/// batch, at a later position, and on either side of a boundary between the network's passes.
namespace metasolve::own_bits_test {
namespace {

constexpr std::int64_t pass = 1 << 16;  // tasks per pass of a network
constexpr std::int64_t n = pass + 100;
/// With it some tasks are solved twice.
constexpr Policy ended_after(std::int32_t iterations) { return {.retry = true, .first_max_iterations = iterations}; }

class OwnBitsOn : public test::CallerMemory {
 protected:
  void SetUp() override {
    CallerMemory::SetUp();
    if (IsSkipped()) return;
    iterations_ = place(std::vector<std::int32_t>(n));
    origin_ = place(std::vector<Origin>(n));
    measure_ = place(std::vector<double>(n));
    solution_ = place(std::vector<double>(n * most_unknowns));
    std::vector<double> tolerances(n);
    std::vector<std::int32_t> limits(n);
    for (std::size_t t = 0; t < n; ++t) {
      tolerances[t] = t % 3 == 0 ? 1e-3 : 1e-4;
      limits[t] = t % 5 == 0 ? 10 : 200;
    }
    tolerances_ = place(tolerances);
    limits_ = place(limits);
  }
  [[nodiscard]] Stopping<double> stopping(std::int64_t first) const {
    return {.tolerance = {tolerances_ + first, 1}, .max_iterations = {limits_ + first, 1}};
  }
  [[nodiscard]] Results<double> results(std::int64_t unknowns) const {
    return {.iterations = iterations_, .measure = measure_, .solution = {solution_, unknowns, 1}, .origin = origin_};
  }
  struct Outcome {
    std::vector<std::int32_t> iterations;
    std::vector<Origin> origin;
    std::vector<double> measure, solution;
    bool operator==(Outcome const&) const = default;
    [[nodiscard]] Outcome part(std::int64_t first, std::int64_t count, std::int64_t unknowns) const {
      auto const cut = [&](auto const& all, std::int64_t width) {
        auto const begin = all.begin() + first * width;
        return std::remove_cvref_t<decltype(all)>(begin, begin + count * width);
      };
      return {cut(iterations, 1), cut(origin, 1), cut(measure, 1), cut(solution, unknowns)};
    }
  };
  /// solve(first, count): solves n tasks from `first` on, with results at the beginning of the arrays.
  template <class Solve>
  void expect_own_bits(std::int64_t unknowns, Solve&& solve) {
    ASSERT_LE(unknowns, most_unknowns);
    auto const outcome = [&](std::int64_t first, std::int64_t count) {
      solve(first, count);
      auto const c = static_cast<std::size_t>(count);
      return Outcome{fetch(iterations_, c), fetch(origin_, c), fetch(measure_, c),
                     fetch(solution_, static_cast<std::size_t>(count * unknowns))};
    };
    auto const all = outcome(0, n);
    auto const retried = std::count(all.origin.begin(), all.origin.end(), Origin::retried);
    EXPECT_GT(retried, 0);
    EXPECT_LT(retried, n);
    for (auto const& [first, count] : {std::pair<std::int64_t, std::int64_t>{0, 1},
                                       {pass - 1, 1},
                                       {pass, 1},
                                       {n - 1, 1},
                                       {pass - 40, 80},
                                       {37, n - 37}}) {
      EXPECT_TRUE(outcome(first, count) == all.part(first, count, unknowns)) << count << " tasks from " << first;
    }
  }

  static constexpr std::int64_t most_unknowns = 8;
  std::int32_t *iterations_ = nullptr, *limits_ = nullptr;
  Origin* origin_ = nullptr;
  double *measure_ = nullptr, *solution_ = nullptr, *tolerances_ = nullptr;
};

/// rows [here] repeated to [n].
std::vector<double> repeated(std::vector<double> const& rows, std::size_t width) {
  std::vector<double> many(n * width);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = rows[i % rows.size()];
  return many;
}

TEST_P(OwnBitsOn, ImplicitEulerSolver) {
  test::Reference const reference;
  auto const* const y = place(repeated(reference.y, 3));
  auto const* const c = place(repeated(reference.c, 3));
  auto const* const h = place(repeated(reference.h, 1));
  ImplicitEulerSolver ode(executor(), test::robertson, {n, test::meta_solver(test::robertson_network(100))});
  expect_own_bits(3, [&](std::int64_t first, std::int64_t count) {
    ode.solve({.count = count,
               .previous = {y + 3 * first, 3, 1},
               .parameters = {c + 3 * first, 3, 1},
               .step = {h + first, 1},
               .relaxation = 1.37},
              stopping(first), results(3), ended_after(20));
  });
}

/// In double precision nothing hides the last digit of a feature.
TEST_P(OwnBitsOn, ImplicitEulerSolverByANetworkInDoublePrecision) {
  constexpr std::size_t tasks = 61;  // not a multiple of the pack width
  std::vector<double> c, y;
  for (std::size_t t = 0; t < tasks; ++t) {
    double const part = static_cast<double>(t + 1) / static_cast<double>(tasks + 1);
    for (double const v : {0.1 + 7 * part, 9 - 8 * part, 0.3 + part * part}) c.push_back(v);
    for (double const v : {1 - part / 2, 0.3 * part, part / 2}) y.push_back(v);
  }
  auto const* const ps = place(c);
  auto const* const ys = place(y);
  auto config = test::robertson_network(3);
  config.network.precision = engine::Precision::double_precision;
  config.network.initial_gain = 1;
  ImplicitEulerSolver ode(executor(), test::robertson, {tasks, test::meta_solver(config)});
  auto const measures = [&](std::size_t first, std::size_t count) {
    ode.solve({.count = static_cast<std::int64_t>(count),
               .previous = {ys + 3 * first, 3, 1},
               .parameters = {ps + 3 * first, 3, 1},
               .step = 0.08},
              {1e-300, 4}, {.measure = measure_});
    return fetch(measure_, count);
  };
  auto const all = measures(0, tasks);
  for (std::size_t t = 0; t < tasks; ++t) EXPECT_EQ(measures(t, 1).front(), all[t]) << "task " << t;
}

TEST_P(OwnBitsOn, JacobiSolver) {
  constexpr int unknowns = 8;
  config::RunConfig config;
  config.of<problems::PoissonSettings>().unknowns = unknowns;
  config.network.hidden = {70, 70};
  std::vector<double> rhs(n * unknowns);
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = std::sin(0.7 * static_cast<double>(i));
  auto const* const f = place(rhs);
  auto jacobi =
      JacobiSolver<double>::poisson(executor(), unknowns, Measure::relative_residual, {n, test::meta_solver(config)});
  expect_own_bits(unknowns, [&](std::int64_t first, std::int64_t count) {
    jacobi.solve({.count = count, .rhs = {f + unknowns * first, unknowns, 1}}, stopping(first), results(unknowns),
                 ended_after(120));
  });
}

TEST_P(OwnBitsOn, CgSolver) {
  constexpr std::int64_t unknowns = 8, entries = 2 * unknowns - 1;
  std::vector<std::int32_t> begin{0}, column;
  for (std::int32_t i = 0; i < unknowns; ++i) {
    if (i > 0) column.push_back(i - 1);
    column.push_back(i);
    begin.push_back(static_cast<std::int32_t>(column.size()));
  }
  std::vector<double> values, rhs(n * unknowns);
  for (std::int64_t t = 0; t < n; ++t) {
    for (std::int64_t e = 0; e < entries; ++e) {
      double const wave = std::sin(0.3 * static_cast<double>(t + 7 * e));
      values.push_back(e % 2 == 0 ? 2.1 + 0.1 * wave : -1);
    }
  }
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = std::sin(0.7 * static_cast<double>(i));
  config::RunConfig config;
  config.problem.name = "spd";
  config.network.hidden = {100};
  auto const* const a = place(values);
  auto const* const b = place(rhs);
  CgSolver cg(executor(), {begin, column}, {}, {n, test::meta_solver(config)});
  expect_own_bits(unknowns, [&](std::int64_t first, std::int64_t count) {
    cg.solve({.count = count,
              .values = {a + entries * first, entries, 1},
              .rhs = {b + unknowns * first, unknowns, 1},
              .shift = 0.0},
             stopping(first), results(unknowns), ended_after(2));
  });
}

METASOLVE_ON_EXECUTORS(OwnBitsOn);

}  // namespace
}  // namespace metasolve::own_bits_test
