// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/api/counted_malloc.hpp"
#include "tests/support/qp_calls.hpp"

/// Side effects of QpSolver's calls: they do not allocate, and work in the caller's memory.
namespace metasolve::qp_promises_test {
namespace {

using test::at;
using test::RandomQps;

TEST(QpCall, DoesNotAllocate) {
#if METASOLVE_COUNTS_MALLOC
  constexpr std::int64_t count = 300;
  auto const executor = Executor::cpu(2);
  for (bool const shares : {false, true}) {
    for (int const codebook : {0, 1, 3}) {
      if (codebook > 0 && !shares) continue;
      RandomQps const qps(6, 8, count, shares);
      QpSolver solver(executor, qps.problem(), {.codebook = codebook}, {count});
      std::vector<double> solution(count * 14), measure(count), q_bar(count * 6);
      std::vector<std::int32_t> status(count), polished(count);
      std::vector<double> const rho{0.1, 1, 10};
      auto const call = [&](std::int64_t now) {
        QpSolver::Tasks tasks;
        tasks.count = now;
        tasks.p_values = {qps.p.data(), qps.p_stride(), 1};
        tasks.a_values = {qps.a.data(), qps.a_stride(), 1};
        tasks.q = {qps.q.data(), 6, 1};
        tasks.lower = {qps.l.data(), 8, 1};
        tasks.upper = {qps.u.data(), 8, 1};
        if (codebook > 0) solver.set_codebook({{rho.data(), 1, 1}, tasks.p_values, tasks.a_values});
        Results<double> results;
        results.status = status.data();
        results.measure = measure.data();
        results.solution = {solution.data(), 14, 1};
        solver.solve(tasks, {1e-6, 5000}, results);
        solver.polish(tasks, {{solution.data(), 14, 1}, status.data(), measure.data(), polished.data()});
        QpSolver::Gradient g;
        g.solution = g.solution_bar = {solution.data(), 14, 1};
        g.q_bar = {q_bar.data(), 6, 1};
        solver.gradient(tasks, g);
      };
      // OpenMP creates threads and per-thread state in its first large and small calls.
      for (std::int64_t const now : {count, std::int64_t{1}}) call(now);
      EXPECT_EQ(test::taken_by([&] {
                  for (std::int64_t const now : {count, std::int64_t{0}, std::int64_t{1}, count - 1}) call(now);
                }),
                0);
      EXPECT_EQ(status, std::vector<std::int32_t>(count, 0));
    }
  }
#else
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
}

class QpPromisesOn : public test::QpCalls {};

TEST_P(QpPromisesOn, WorksInTheCallersMemory) {
  RandomQps const qps(6, 8, 20, false);
  QpSolver::Options const options{.codebook = 0};
  QpSolver own(executor(), qps.problem(), options, {20});
  metasolve::Setup setup;
  setup.capacity = 20;
  setup.workspace = workspace(QpSolver::workspace_bytes(executor(), qps.problem(), options, setup));
  QpSolver placed(executor(), qps.problem(), options, setup);
  auto const given = tasks(qps);
  auto const expected = solve(own, given, {1e-8, 5000}), same = solve(placed, given, {1e-8, 5000});
  EXPECT_EQ(same.solution, expected.solution);
  EXPECT_EQ(same.iterations, expected.iterations);
  setup.workspace.bytes -= 256;
  EXPECT_THROW(QpSolver(executor(), qps.problem(), options, setup), InputError);
}

TEST_P(QpPromisesOn, ReadsAnyStrides) {
  RandomQps const qps(6, 8, 7, false);
  QpSolver solver(executor(), qps.problem(), {}, {7});
  auto const expected = solve(solver, tasks(qps), {1e-8, 5000});
  auto const turned = [&](std::vector<double> const& of) {
    auto const items = std::ssize(of) / 7;
    std::vector<double> by_item(of.size());
    for (std::int64_t t = 0; t < 7; ++t) {
      for (std::int64_t k = 0; k < items; ++k) by_item[at(k * 7 + t)] = of[at(t * items + k)];
    }
    return BatchView<double const>::struct_of_arrays(place(by_item), 7);
  };
  QpSolver::Tasks given{.count = 7};
  given.p_values = turned(qps.p);
  given.a_values = turned(qps.a);
  given.q = turned(qps.q);
  given.lower = turned(qps.l);
  given.upper = turned(qps.u);
  EXPECT_EQ(solve(solver, given, {1e-8, 5000}).solution, expected.solution);
}

METASOLVE_ON_EXECUTORS(QpPromisesOn);

}  // namespace
}  // namespace metasolve::qp_promises_test
