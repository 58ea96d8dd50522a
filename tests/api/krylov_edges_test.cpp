// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "metasolve/linear_solver.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/linear_systems.hpp"

/// Krylov methods where exact arithmetic would have ended, and lanes that must not help each other.
namespace metasolve::krylov_edges_test {
namespace {

using Method = LinearSolver::Method;

class KrylovEdgesOn : public test::CallerMemory {
 protected:
  struct Outcome {
    std::vector<std::int32_t> status;
    std::vector<double> measure, x;
  };
  Outcome solve(test::LinearSystems const& s, LinearSolver::Options const& options, double tolerance) {
    LinearSolver solver(executor(), s.pattern(), options, {.capacity = static_cast<std::int64_t>(s.count)});
    auto* const status = place(std::vector<std::int32_t>(s.count, -1));
    auto* const measure = place(std::vector<double>(s.count, -1));
    auto* const x = place(std::vector<double>(s.count * s.n, 0));
    auto const n = static_cast<std::int64_t>(s.n);
    solver.solve({.count = static_cast<std::int64_t>(s.count),
                  .values = {place(s.values), s.entries(), 1},
                  .rhs = {place(s.rhs), n, 1}},
                 {tolerance, 300}, {.status = status, .measure = measure, .solution = {x, n, 1}});
    return {fetch(status, s.count), fetch(measure, s.count), fetch(x, s.count * s.n)};
  }
};

/// The Krylov space is exhausted after n steps: what rounding leaves is no further direction.
TEST_P(KrylovEdgesOn, TolerancesBelowRoundingEndAsStagnated) {
  for (std::size_t const n : {1u, 2u, 3u, 5u}) {
    auto const s = test::random_linear_systems(n, 300, {LinearSolver::Matrix::general, false, 0.8}, 12);
    for (auto const method : {Method::gmres, Method::bicgstab}) {
      for (double const tolerance : {1e-15, 1e-16, 1e-17, 1e-300}) {
        auto const found = solve(s, {.method = method}, tolerance);
        for (std::size_t k = 0; k < s.count; ++k) {
          auto const status = static_cast<Status>(found.status[k]);
          ASSERT_TRUE(status == Status::converged || status == Status::stagnated)
              << "n " << n << " method " << int(method) << " tolerance " << tolerance << " status " << found.status[k];
          EXPECT_LE(s.residual(k, false, &found.x[k * n]), 1e-14);
        }
      }
    }
  }
}

/// A zero on the diagonal, which no shift helps, beside a singular system, which one does.
TEST_P(KrylovEdgesOn, ANeighboursShiftIsNotOnesOwn) {
  test::LinearSystems s;
  s.n = 3;
  s.row_ptrs = {0, 3, 6, 9};
  s.col_idxs = {0, 1, 2, 0, 1, 2, 0, 1, 2};
  auto const of = [&](std::vector<double> const& values, std::size_t count) {
    auto made = s;
    made.count = count;
    made.values = values;
    for (std::size_t k = 0; k < count; ++k) made.rhs.insert(made.rhs.end(), {1, 2, 3});
    return made;
  };
  std::vector<double> const zero_pivot{1, 1, 1, 1, 1, 0, 1, 0, 0}, singular{1, 1, 0, 1, 1, 0, 0, 0, 1};
  auto both = zero_pivot;
  both.insert(both.end(), singular.begin(), singular.end());
  for (auto const method : {Method::gmres, Method::bicgstab}) {
    LinearSolver::Options const options{.method = method, .ordering = LinearSolver::Ordering::natural};
    auto const alone = solve(of(zero_pivot, 1), options, 1e-10), together = solve(of(both, 2), options, 1e-10);
    EXPECT_EQ(alone.status[0], together.status[0]);
    EXPECT_EQ(alone.x, std::vector<double>(together.x.begin(), together.x.begin() + 3));
  }
}

METASOLVE_ON_EXECUTORS(KrylovEdgesOn);

}  // namespace
}  // namespace metasolve::krylov_edges_test
