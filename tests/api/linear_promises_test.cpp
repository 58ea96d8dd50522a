// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/linear_solver.hpp"
#include "tests/api/counted_malloc.hpp"
#include "tests/support/linear_systems.hpp"

/// Side effects of LinearSolver's calls: they do not allocate.
namespace metasolve::linear_promises_test {
namespace {

using test::taken_by;
using Method = LinearSolver::Method;

TEST(LinearCall, DoesNotAllocate) {
#if METASOLVE_COUNTS_MALLOC
  constexpr std::int64_t count = 300, n = 40;
  auto const s = test::random_linear_systems(n, count, {LinearSolver::Matrix::positive_definite, false, 0.1}, 5);
  auto const entries = s.entries();
  std::vector<double> x(s.rhs.size()), b_bar(s.rhs.size()), a_bar(s.values.size());
  std::vector<std::int32_t> status(count);
  auto const executor = Executor::cpu(2);
  for (auto const method :
       {Method::cholesky, Method::ldl, Method::dense_lu, Method::cg, Method::bicgstab, Method::gmres, Method::lu}) {
    bool const is_direct = method < Method::cg;
    auto const matrix = method == Method::lu ? LinearSolver::Matrix::general : LinearSolver::Matrix::positive_definite;
    for (bool const keeps : {false, true}) {
      if (keeps && !is_direct) continue;
      SCOPED_TRACE(testing::Message() << "method " << static_cast<int>(method) << (keeps ? " keeps" : ""));
      LinearSolver solver(executor, s.pattern(), {.matrix = matrix, .method = method, .keeps_factors = keeps}, {count});
      LinearSolver::Gradient const gradient{
          {x.data(), n, 1}, {s.rhs.data(), n, 1}, {b_bar.data(), n, 1}, {a_bar.data(), entries, 1}};
      auto const call = [&](std::int64_t tasks_now) {
        LinearSolver::Tasks const tasks{
            .count = tasks_now, .values = {s.values.data(), entries, 1}, .rhs = {s.rhs.data(), n, 1}};
        solver.solve(tasks, {1e-10, 1000}, {.status = status.data(), .solution = {x.data(), n, 1}});
        if (keeps) solver.solve_again(tasks, {1e-10, 1000}, {.solution = {x.data(), n, 1}});
        solver.gradient(tasks, gradient, {1e-10, 1000}, {});
      };
      // OpenMP creates threads and per-thread state in its first large and small calls.
      for (std::int64_t const tasks : {count, std::int64_t{1}}) call(tasks);
      EXPECT_EQ(taken_by([&] {
                  for (std::int64_t const tasks : {count, std::int64_t{0}, std::int64_t{1}, count - 1}) call(tasks);
                }),
                0);
      EXPECT_EQ(status, std::vector<std::int32_t>(count, static_cast<int>(Status::converged)));
    }
  }
#else
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
}

}  // namespace
}  // namespace metasolve::linear_promises_test
