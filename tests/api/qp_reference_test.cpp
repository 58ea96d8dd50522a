// SPDX-License-Identifier: Apache-2.0
#include "tests/support/qp_reference.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "metasolve/qp_solver.hpp"
#include "tests/support/caller_memory.hpp"

/// QpSolver beside other programs' solutions.
namespace metasolve::qp_reference_test {
namespace {

struct Outcome {
  std::vector<std::int32_t> status, iterations;
  std::vector<double> solution, polished;  ///< [tasks][n + m]
};

class QpReferenceOn : public test::CallerMemory {
 protected:
  /// One call for all tasks of a family, then polish. A penalty of 1 suits all of them.
  Outcome solve(test::QpReference const& r, double tolerance) {
    QpSolver solver(executor(),
                    {.p = {r.p.row_ptrs, r.p.col_idxs},
                     .a = {r.a.row_ptrs, r.a.col_idxs},
                     .p_values = r.p.values,
                     .q = std::span(r.q).first(static_cast<std::size_t>(r.n)),
                     .a_values = r.a.values,
                     .lower = std::span(r.l).first(static_cast<std::size_t>(r.m)),
                     .upper = std::span(r.u).first(static_cast<std::size_t>(r.m))},
                    {}, {.capacity = r.tasks});
    auto const count = static_cast<std::size_t>(r.tasks);
    auto const width = static_cast<std::size_t>(r.n + r.m);
    QpSolver::Tasks const tasks{.count = r.tasks,
                                .p_values = {place(r.p.values), 0, 1},
                                .a_values = {place(r.a.values), 0, 1},
                                .q = {place(r.q), r.n, 1},
                                .lower = {place(r.l), r.m, 1},
                                .upper = {place(r.u), r.m, 1},
                                .rho = {place(std::vector<double>{1}), 0, 1}};
    auto* const status = place(std::vector<std::int32_t>(count));
    auto* const iterations = place(std::vector<std::int32_t>(count));
    auto* const solution = place(std::vector<double>(count * width));
    BatchView<double> const view{solution, r.n + r.m, 1};
    solver.solve(tasks, {tolerance, 100000}, {.status = status, .iterations = iterations, .solution = view});
    Outcome outcome{fetch(status, count), fetch(iterations, count), fetch(solution, count * width), {}};
    solver.polish(tasks, {.solution = view, .status = status});
    outcome.polished = fetch(solution, count * width);
    return outcome;
  }
};

/// Largest difference of x, relative to 1 + max|x|.
double apart(test::QpReference const& r, int task, std::vector<double> const& solution) {
  double largest = 0, size = 1;
  for (int j = 0; j < r.n; ++j) {
    double const expected = r.x[static_cast<std::size_t>(task * r.n + j)];
    largest = std::max(largest, std::abs(solution[static_cast<std::size_t>(task * (r.n + r.m) + j)] - expected));
    size = std::max(size, 1 + std::abs(expected));
  }
  return largest / size;
}

TEST_P(QpReferenceOn, SolutionsAgreeWithOsqp) {
  for (auto const& name : test::solved_qps) {
    auto const r = test::qp_reference(name);
    auto const found = solve(r, 1e-9);
    for (int task = 0; task < r.tasks; ++task) {
      SCOPED_TRACE(name + ", task " + std::to_string(task));
      auto const* const x = &found.polished[static_cast<std::size_t>(task * (r.n + r.m))];
      EXPECT_EQ(found.status[static_cast<std::size_t>(task)], static_cast<std::int32_t>(Status::converged));
      EXPECT_LT(apart(r, task, found.solution), 1e-6);
      EXPECT_LT(apart(r, task, found.polished), 1e-7);
      double const objective = r.objective(task, &r.x[static_cast<std::size_t>(task * r.n)]);
      EXPECT_NEAR(r.objective(task, x), objective, 1e-8 * (1 + std::abs(objective)));
      EXPECT_LT(r.violation(task, x, x + r.n), 1e-6);
    }
  }
}

TEST_P(QpReferenceOn, CertifiesWhatOsqpCertifies) {
  for (auto const& [name, status] : {std::pair{"primal_infeasible", Status::primal_infeasible},
                                     std::pair{"dual_infeasible", Status::dual_infeasible}}) {
    auto const r = test::qp_reference(name);
    auto const found = solve(r, 1e-6);
    EXPECT_EQ(found.status,
              std::vector<std::int32_t>(static_cast<std::size_t>(r.tasks), static_cast<std::int32_t>(status)))
        << name;
  }
}

METASOLVE_ON_EXECUTORS(QpReferenceOn);

}  // namespace
}  // namespace metasolve::qp_reference_test
