// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "metasolve/cg_solver.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/api/counted_malloc.hpp"
#include "tests/support/caller_memory.hpp"

/// Side effects of a library call: it does not allocate, and any number of threads may call their own solvers.
namespace metasolve::library_promises_test {
namespace {

using test::taken_by;

/// A batch of Robertson steps and memory for its results.
struct Chemistry {
  std::size_t count;
  std::vector<double> c, y, solution, measure;
  std::vector<std::int32_t> status, iterations;
  std::vector<Origin> origin;
  Tally tally;

  explicit Chemistry(std::size_t n)
      : count(n), y(3 * n), solution(3 * n), measure(n), status(n), iterations(n), origin(n) {
    for (std::size_t t = 0; t < n; ++t) {
      double const part = static_cast<double>(t + 1) / static_cast<double>(n + 1);
      for (double const v : {1e-4 + part, 1e5 + 1e9 * part, 1e2 + 1e6 * part}) c.push_back(v);
      y[3 * t] = 1 - part / 2;
      y[3 * t + 2] = part / 2;
    }
  }
  void solve(ImplicitEulerSolver& ode, std::size_t n, Policy const& policy = {.retry = true}) {
    ode.solve({.count = static_cast<std::int64_t>(n),
               .previous = {y.data(), 3, 1},
               .parameters = {c.data(), 3, 1},
               .step = 0.1,
               .relaxation = 1.37},
              {1e-9, 2000},
              {status.data(), iterations.data(), measure.data(), {solution.data(), 3, 1}, {}, origin.data(), &tally},
              policy);
  }
  void differentiate(ImplicitEulerSolver& ode, std::size_t n) {
    ode.gradient(
        {.count = static_cast<std::int64_t>(n), .parameters = {c.data(), 3, 1}, .step = 0.1},
        {.solution = {y.data(), 3, 1}, .solution_bar = {y.data(), 3, 1}, .previous_bar = {solution.data(), 3, 1}},
        status.data());
  }
};

TEST(LibraryCall, DoesNotAllocate) {
#if METASOLVE_COUNTS_MALLOC
  void* volatile piece = nullptr;  // otherwise the compiler may remove both calls
  EXPECT_GE(taken_by([&] {
              piece = std::malloc(8);
              std::free(piece);
            }),
            1)
      << "this test would notice";
  auto const executor = Executor::cpu(2);
  constexpr std::size_t count = 5000;
  Chemistry chemistry(count);
  for (int const width : {0, 16, 200}) {
    std::optional<MetaSolver> meta;
    if (width > 0) meta = test::meta_solver(test::robertson_network(width));
    ImplicitEulerSolver ode(executor, {"robertson", true}, {count, meta});
    // OpenMP and OpenBLAS create threads and per-thread state in their first large and small calls.
    auto const call = [&](std::size_t n) {
      chemistry.solve(ode, n);
      chemistry.differentiate(ode, n);
    };
    for (std::size_t const n : {count, std::size_t{1}}) call(n);
    EXPECT_EQ(taken_by([&] {
                for (std::size_t n : {count, std::size_t{0}, std::size_t{1}, std::size_t{4999}}) call(n);
              }),
              0)
        << width;
  }
  constexpr int unknowns = 16;
  std::vector<double> rhs(count * unknowns), solution(rhs.size());
  for (std::size_t i = 0; i < rhs.size(); ++i) rhs[i] = static_cast<double>(i % 7) - 2.5;
  solve_poisson_directly(unknowns, rhs, solution);
  auto jacobi =
      JacobiSolver<double>::poisson(executor, unknowns, Measure::relative_error, {count, test::meta_solver({})});
  auto const solve_poisson = [&] {
    jacobi.solve({count, {rhs.data(), unknowns, 1}, {solution.data(), unknowns, 1}}, {1e-3, 100},
                 {chemistry.status.data(), chemistry.iterations.data()}, {.retry = true});
  };
  solve_poisson();
  EXPECT_EQ(taken_by(solve_poisson), 0);

  std::vector<std::int32_t> const begin{0, 1, 3, 5}, column{0, 0, 1, 1, 2};
  std::vector<double> const values{4, -1, 4, -1, 4}, b{1, 2, 3};
  config::RunConfig spd;
  spd.problem.name = "spd";
  for (auto const& meta : {std::optional<MetaSolver>{}, std::optional(test::meta_solver(spd))}) {
    CgSolver cg(executor, {begin, column}, {}, {count, meta});
    auto const solve_systems = [&] {
      cg.solve({count, {values.data(), 0, 1}, {b.data(), 0, 1}, 0.1}, {1e-9, 100}, {chemistry.status.data()},
               {.retry = true, .first_max_iterations = 2});
    };
    solve_systems();
    EXPECT_EQ(taken_by(solve_systems), 0);
    EXPECT_EQ(chemistry.status, std::vector<std::int32_t>(count, 0));
  }
#else
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
}

long resident_kibibytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

/// One executor and solver per thread; all threads at once, 10^5 calls.
TEST(LibraryCall, ManyThreadsCallAtOnce) {
  constexpr std::size_t threads = 24, calls = 100'000 / threads + 1, most = 40;
  auto const meta = test::meta_solver(test::robertson_network(16));
  Chemistry expected(most);
  {
    ImplicitEulerSolver ode(Executor::cpu(1), {"robertson", true}, {most, meta});
    expected.solve(ode, most);
  }
  std::atomic<std::size_t> ready{0}, wrong{0};
  std::atomic<long> before{0};
  std::vector<std::thread> callers;
  for (std::size_t c = 0; c < threads; ++c) {
    callers.emplace_back([&, c] {
      ImplicitEulerSolver ode(Executor::cpu(1), {"robertson", true}, {most, meta});
      Chemistry own(most);
      own.solve(ode, most);
      if (++ready == threads) before = resident_kibibytes();
      while (before == 0) std::this_thread::yield();
      for (std::size_t k = 0; k < calls; ++k) {
        std::size_t const n = (k + c) % 4;  // most calls are small, some full-size
        own.solve(ode, k % 64 == 0 ? most : n);
        for (std::size_t t = 0; t < n; ++t) wrong += own.iterations[t] != expected.iterations[t] ? 1 : 0;
      }
      wrong += own.solution != expected.solution ? 1 : 0;
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(wrong, 0u);
  // Finished threads have released their memory; growth per call would be 100,000 pieces.
  EXPECT_LT(resident_kibibytes() - before, 4096);
}

}  // namespace
}  // namespace metasolve::library_promises_test
