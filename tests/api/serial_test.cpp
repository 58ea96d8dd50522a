// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "metasolve/train_problem.hpp"
#include "tests/support/beam_problem.hpp"
#include "tests/support/robertson_steps.hpp"
#include "tests/support/tridiagonal_csr.hpp"

/// The reference executor compared with the CPU's: the same solvers without packs and threads. Both access host memory.
namespace metasolve::serial_test {
namespace {

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> measure, solution;
  Outcome(std::size_t n, std::size_t unknowns) : status(n), iterations(n), measure(n), solution(n * unknowns) {}
  [[nodiscard]] Results<double> results() {
    auto const unknowns = static_cast<std::int64_t>(solution.size() / status.size());
    return {status.data(), iterations.data(), measure.data(), {solution.data(), unknowns, 1}, {}, nullptr, nullptr};
  }
};

/// solve(executor, results) on either: equal statuses and counts, and solutions that differ at most by the given
/// relative error; 0: bitwise equal.
void expect_equal(std::size_t n, std::size_t unknowns, double rounding,
                  std::function<void(Executor const&, Results<double> const&)> const& solve) {
  Outcome cpu(n, unknowns), serial(n, unknowns);
  solve(Executor::cpu(2), cpu.results());
  solve(Executor::open("serial"), serial.results());
  EXPECT_EQ(serial.status, cpu.status);
  EXPECT_EQ(serial.iterations, cpu.iterations);
  EXPECT_GT(*std::max_element(cpu.iterations.begin(), cpu.iterations.end()), 0);
  std::size_t differ = 0;
  double worst = 0;
  for (std::size_t i = 0; i < cpu.solution.size(); ++i) {
    differ += std::memcmp(&cpu.solution[i], &serial.solution[i], sizeof(double)) == 0 ? 0 : 1;
    worst = std::max(worst, std::abs(cpu.solution[i] - serial.solution[i]) / (std::abs(cpu.solution[i]) + 1e-300));
  }
  EXPECT_LE(worst, rounding) << differ << " of " << cpu.solution.size() << " numbers differ";
}

TEST(Serial, JacobiAsOnTheCpu) {
  constexpr std::size_t n = 300, unknowns = 16;
  std::vector<double> rhs(n * unknowns), solution(n * unknowns);
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = std::sin(0.7 * static_cast<double>(i * i % 1009)) + 0.1;
  solve_poisson_directly(unknowns, rhs, solution);
  test::TridiagonalCsr const csr(unknowns);
  for (bool const sparse : {false, true}) {
    for (auto const measure : {Measure::relative_error, Measure::relative_residual}) {
      expect_equal(n, unknowns, 0, [&](Executor const& executor, Results<double> const& results) {
        auto solver = sparse ? JacobiSolver<double>::sparse(executor, {csr.row_ptrs, csr.col_idxs}, measure, {n})
                             : JacobiSolver<double>::poisson(executor, unknowns, measure, {n});
        JacobiSolver<double>::Tasks tasks{.count = n, .rhs = {rhs.data(), unknowns, 1}};
        if (measure == Measure::relative_error) tasks.solution = {solution.data(), unknowns, 1};
        if (sparse) tasks.values = {csr.values.data(), 0, 1};
        solver.solve(tasks, {1e-8, 10000}, results);
      });
    }
  }
}

/// In these long expressions the compiler fuses products and sums of plain numbers differently from those of packs.
TEST(Serial, NewtonSorAsOnTheCpu) {
  test::Reference const reference;
  constexpr std::size_t n = test::Reference::count;
  expect_equal(n, 3, 1e-14, [&](Executor const& executor, Results<double> const& results) {
    ImplicitEulerSolver solver(executor, test::robertson, {n});
    solver.solve({.count = n,
                  .previous = {reference.y.data(), 3, 1},
                  .parameters = {reference.c.data(), 3, 1},
                  .step = {reference.h.data(), 1},
                  .relaxation = 1.37},
                 test::to_1e9, results);
  });
}

/// The compiler chooses which products and sums are fused, and the effect grows as the directions lose conjugacy: the
/// first steps agree, and with a good preconditioner the counts approximately.
TEST(Serial, ConjugateGradientsAsOnTheCpu) {
  test::Beams const beams(false);
  constexpr std::size_t of_each = 13, n = of_each * test::Beams::count, unknowns = test::Beams::unknowns;
  auto const& s = beams.structure;
  std::vector<std::int32_t> begin{0}, column;
  std::vector<std::int64_t> source;
  for (std::int32_t i = 0; i < s.unknowns; ++i) {
    for (std::int32_t j = 0; j <= i; ++j) {
      auto const e = i == j ? s.entries() + i : s.find(i, j);
      if (e < 0) continue;
      column.push_back(j);
      source.push_back(e);
    }
    begin.push_back(static_cast<std::int32_t>(column.size()));
  }
  std::vector<double> values, rhs, shift;
  for (std::size_t t = 0; t < n; ++t) {
    auto const beam = static_cast<std::int64_t>(t % test::Beams::count);
    for (auto const e : source) {
      values.push_back(beams.values[static_cast<std::size_t>(beam * (s.entries() + s.unknowns) + e)]);
    }
    auto const b = beams.rhs.begin() + beam * static_cast<std::int64_t>(unknowns);
    rhs.insert(rhs.end(), b, b + unknowns);
    shift.push_back(0.02 * static_cast<double>(1 + t / test::Beams::count));
  }
  using Kind = CgSolver::Preconditioner;
  auto const solve = [&](Kind kind, int limit, Executor const& executor, Results<double> const& results) {
    CgSolver solver(executor, {begin, column}, {.preconditioner = kind}, {n});
    solver.solve(
        {n, {values.data(), static_cast<std::int64_t>(column.size()), 1}, {rhs.data(), unknowns, 1}, {shift.data(), 1}},
        {1e-6, limit}, results);
  };
  for (auto const kind : {Kind::none, Kind::jacobi, Kind::incomplete_cholesky}) {
    Outcome cpu(n, unknowns), serial(n, unknowns);
    solve(kind, 6, Executor::cpu(2), cpu.results());
    solve(kind, 6, Executor::open("serial"), serial.results());
    EXPECT_EQ(serial.status, cpu.status);
    EXPECT_EQ(serial.iterations, cpu.iterations);
    for (std::size_t t = 0; t < n; ++t) {
      EXPECT_NEAR(serial.measure[t], cpu.measure[t], 1e-10 * cpu.measure[t]) << "task " << t;
      double difference = 0, size = 0;
      for (std::size_t i = t * unknowns; i < (t + 1) * unknowns; ++i) {
        difference = std::max(difference, std::abs(serial.solution[i] - cpu.solution[i]));
        size = std::max(size, std::abs(cpu.solution[i]));
      }
      EXPECT_LE(difference, 1e-10 * size) << "task " << t;
    }
  }
  Outcome cpu(n, unknowns), serial(n, unknowns);
  solve(Kind::incomplete_cholesky, 600, Executor::cpu(2), cpu.results());
  solve(Kind::incomplete_cholesky, 600, Executor::open("serial"), serial.results());
  EXPECT_EQ(serial.status, cpu.status);
  double in_all = 0, on_the_cpu = 0;
  for (std::size_t t = 0; t < n; ++t) {
    EXPECT_NEAR(serial.iterations[t], cpu.iterations[t], 2 + 0.3 * cpu.iterations[t]) << "task " << t;
    in_all += serial.iterations[t];
    on_the_cpu += cpu.iterations[t];
  }
  EXPECT_NEAR(in_all, on_the_cpu, 0.05 * on_the_cpu);
}

/// A user-defined problem, y^2 = c.
struct Root {
  static constexpr char const* name = "root";
  static constexpr int size = 1, data = 1, features = 1;
  template <class C, class Y, class G>
  METASOLVE_HD static void residual(C const& c, Y const& y, G& g) {
    g[0] = y[0] * y[0] - c[0];
  }
  template <class Number>
  METASOLVE_HD static void features_of(Number const (&c)[data], Number (&x)[features]) {
    x[0] = c[0];
  }
};
using RootProblem = kernels::NonlinearProblem<Root>;

TEST(Serial, SolvesAProgramsOwnProblemThatIsCompiledForIt) {
  ASSERT_TRUE((compile_problem<RootProblem, exec::SerialExec>()));
  constexpr std::size_t n = 200;
  std::vector<double> c(n);
  for (std::size_t t = 0; t < n; ++t) c[t] = 0.5 + static_cast<double>(t);
  expect_equal(n, 1, 0, [&](Executor const& executor, Results<double> const& results) {
    ProblemSolver<RootProblem> solver(executor, {n});
    ProblemSolver<RootProblem>::Tasks tasks{.count = n};
    tasks.column[0] = {static_cast<double const*>(c.data()), 1};
    tasks.column[1] = tasks.column[2] = 1.0;
    solver.solve(tasks, {1e-10, 100}, results);
  });
}

}  // namespace
}  // namespace metasolve::serial_test
