// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/qp_solver.h"
#include "tests/support/c_api_handles.hpp"
#include "tests/support/random_qps.hpp"

/// Quadratic programs from C: agreement with the class, to the bit, and errors.
namespace metasolve::c_api_qp_test {
namespace {

using test::at;
using test::RandomQps;
constexpr int n = 6, m = 8;
constexpr std::int64_t count = 12;

struct CApiQp : testing::Test {
  RandomQps const qps{n, m, count, true};
  metasolve_executor* executor = nullptr;
  metasolve_pattern p{n, static_cast<std::int32_t>(qps.p_column.size()), qps.p_begin.data(), qps.p_column.data()};
  metasolve_pattern a{m, static_cast<std::int32_t>(qps.a_column.size()), qps.a_begin.data(), qps.a_column.data()};
  metasolve_qp_problem problem = METASOLVE_QP_PROBLEM_DEFAULT;
  metasolve_qp_options options = METASOLVE_QP_OPTIONS_DEFAULT;
  metasolve_setup setup = METASOLVE_SETUP_DEFAULT;
  metasolve_qp_tasks tasks = METASOLVE_QP_TASKS_DEFAULT;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  metasolve_qp_solver* solver = nullptr;
  std::vector<std::int32_t> status = std::vector<std::int32_t>(at(count), -1), iterations = status, polished = status;
  std::vector<double> measure = std::vector<double>(at(count)), solution = std::vector<double>(at(count * (n + m)));

  void SetUp() override {
    ASSERT_EQ(metasolve_executor_open_cpu(2, &executor), METASOLVE_CODE_OK);
    problem.p = &p;
    problem.a = &a;
    problem.p_values = qps.p.data();
    problem.q = qps.q.data();
    problem.a_values = qps.a.data();
    problem.lower = qps.l.data();
    problem.upper = qps.u.data();
    setup.capacity = count;
    tasks.count = count;
    tasks.p_values = {qps.p.data(), 0, 1};
    tasks.a_values = {qps.a.data(), 0, 1};
    tasks.q = {qps.q.data(), n, 1};
    tasks.lower = {qps.l.data(), m, 1};
    tasks.upper = {qps.u.data(), m, 1};
    stopping.tolerance.value = 1e-7;
    results.status = status.data();
    results.iterations = iterations.data();
    results.measure = measure.data();
    results.solution = {solution.data(), n + m, 1};
  }
  void TearDown() override {
    metasolve_qp_solver_release(solver);
    metasolve_executor_release(executor);
  }
  [[nodiscard]] int create() {
    metasolve_qp_solver_release(solver);
    return metasolve_qp_solver_create(executor, &problem, &options, &setup, &solver);
  }
  [[nodiscard]] QpSolver::Tasks of_class() const {
    QpSolver::Tasks t{.count = count};
    t.p_values = {qps.p.data(), 0, 1};
    t.a_values = {qps.a.data(), 0, 1};
    t.q = {qps.q.data(), n, 1};
    t.lower = {qps.l.data(), m, 1};
    t.upper = {qps.u.data(), m, 1};
    return t;
  }
  static void expect_error(int code, char const* part) {
    test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
  }
};

TEST_F(CApiQp, DoesWhatTheClassDoes) {
  std::vector<std::int32_t> const group{0, 1, 1, 0, 0, 1, 1, 0}, shift_x{1, 2, 3, 4, 5, -1};
  std::vector<double> const rho{0.05, 0.5, 2, 1};
  options.penalty_group = group.data();
  options.shift_x = shift_x.data();
  options.absolute = 0.1;
  options.codebook = 2;
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  QpSolver of_class_solver(Executor::cpu(2), qps.problem(),
                           {.absolute = 0.1, .penalty_group = group, .codebook = 2, .shift_x = shift_x}, {count});
  EXPECT_EQ(metasolve_qp_solver_variables(solver), n);
  EXPECT_EQ(metasolve_qp_solver_rows(solver), m);
  EXPECT_EQ(metasolve_qp_solver_groups(solver), 2);
  EXPECT_EQ(metasolve_qp_solver_factor_entries(solver), of_class_solver.factor_entries());
  auto const* const weights = metasolve_qp_solver_row_weights(solver);
  EXPECT_TRUE(std::equal(weights, weights + m, of_class_solver.row_weights().begin()));
  std::size_t bytes = 0;
  EXPECT_EQ(metasolve_qp_solver_workspace_bytes(executor, &problem, &options, &setup, &bytes), METASOLVE_CODE_OK);
  EXPECT_GT(bytes, 0u);

  metasolve_qp_codebook codebook = METASOLVE_QP_CODEBOOK_DEFAULT;
  codebook.rho = {rho.data(), 2, 1};
  codebook.p_values = tasks.p_values;
  codebook.a_values = tasks.a_values;
  ASSERT_EQ(metasolve_qp_solver_set_codebook(solver, &codebook), METASOLVE_CODE_OK) << metasolve_last_error();
  of_class_solver.set_codebook({{rho.data(), 2, 1}, of_class().p_values, of_class().a_values});
  std::vector<double> guess;
  for (int k = 0; k < count * (n + m); ++k) guess.push_back(0.01 * (k % 17));
  tasks.guess = {guess.data(), n + m, 1};
  tasks.shifts_guess = 1;
  tasks.entry.value = 1;
  tasks.alpha.value = 1.4;
  ASSERT_EQ(metasolve_qp_solver_solve(solver, &tasks, &stopping, &results, nullptr), METASOLVE_CODE_OK)
      << metasolve_last_error();
  auto given = of_class();
  given.guess = {guess.data(), n + m, 1};
  given.shifts_guess = true;
  given.entry = 1;
  given.alpha = 1.4;
  auto expected = solution;
  auto expected_iterations = iterations, expected_status = status;
  Results<double> of_class_results;
  of_class_results.status = expected_status.data();
  of_class_results.iterations = expected_iterations.data();
  of_class_results.solution = {expected.data(), n + m, 1};
  of_class_solver.solve(given, {1e-7, 10000}, of_class_results);
  EXPECT_EQ(solution, expected);
  EXPECT_EQ(iterations, expected_iterations);
  EXPECT_EQ(status, std::vector<std::int32_t>(at(count), METASOLVE_STATUS_CONVERGED));

  metasolve_qp_polish polish = METASOLVE_QP_POLISH_DEFAULT;
  polish.solution = results.solution;
  polish.status = status.data();
  polish.measure = measure.data();
  polish.polished = polished.data();
  ASSERT_EQ(metasolve_qp_solver_polish(solver, &tasks, &polish), METASOLVE_CODE_OK) << metasolve_last_error();
  of_class_solver.polish(given, {{expected.data(), n + m, 1}, expected_status.data(), nullptr, nullptr});
  EXPECT_EQ(solution, expected);
  EXPECT_EQ(polished, std::vector<std::int32_t>(at(count), 1));

  std::vector<double> const bar(at(count * (n + m)), 1.0);
  std::vector<double> q_bar(at(count * n)), u_bar(at(count * m)), p_bar(at(count) * qps.p_column.size()),
      a_bar(at(count) * qps.a_column.size());
  auto const l_bar = u_bar;
  metasolve_qp_gradient gradient = METASOLVE_QP_GRADIENT_DEFAULT;
  gradient.solution = {solution.data(), n + m, 1};
  gradient.solution_bar = {bar.data(), n + m, 1};
  gradient.q_bar = {q_bar.data(), n, 1};
  gradient.upper_bar = {u_bar.data(), m, 1};
  gradient.p_bar = {p_bar.data(), std::ssize(qps.p_column), 1};
  gradient.a_bar = {a_bar.data(), std::ssize(qps.a_column), 1};
  gradient.status = status.data();
  ASSERT_EQ(metasolve_qp_solver_gradient(solver, &tasks, &gradient), METASOLVE_CODE_OK) << metasolve_last_error();
  auto expected_q = q_bar, expected_u = u_bar, expected_p = p_bar, expected_a = a_bar;
  QpSolver::Gradient g;
  g.solution = {solution.data(), n + m, 1};
  g.solution_bar = {bar.data(), n + m, 1};
  g.q_bar = {expected_q.data(), n, 1};
  g.upper_bar = {expected_u.data(), m, 1};
  g.p_bar = {expected_p.data(), std::ssize(qps.p_column), 1};
  g.a_bar = {expected_a.data(), std::ssize(qps.a_column), 1};
  of_class_solver.gradient(given, g);
  EXPECT_EQ(q_bar, expected_q);
  EXPECT_EQ(u_bar, expected_u);
  EXPECT_EQ(p_bar, expected_p);
  EXPECT_EQ(a_bar, expected_a);
}

TEST_F(CApiQp, TakesProgramsWithoutRows) {
  problem.a = nullptr;
  problem.a_values = problem.lower = problem.upper = nullptr;
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  EXPECT_EQ(metasolve_qp_solver_rows(solver), 0);
  tasks.a_values = tasks.lower = tasks.upper = {nullptr, 0, 1};
  results.solution = {solution.data(), n, 1};
  EXPECT_EQ(metasolve_qp_solver_solve(solver, &tasks, &stopping, &results, nullptr), METASOLVE_CODE_OK)
      << metasolve_last_error();
  EXPECT_EQ(status, std::vector<std::int32_t>(at(count), METASOLVE_STATUS_CONVERGED));
}

TEST_F(CApiQp, NamesWhatIsWrong) {
  EXPECT_EQ(metasolve_qp_solver_variables(nullptr), 0);
  EXPECT_EQ(metasolve_qp_solver_row_weights(nullptr), nullptr);
  metasolve_qp_solver_release(nullptr);
  options.sigma = -1;
  expect_error(create(), "options.sigma is -1");
  EXPECT_EQ(solver, nullptr);
  options = METASOLVE_QP_OPTIONS_DEFAULT;
  options.size = 8;
  expect_error(create(), "options.size is 8");
  options = METASOLVE_QP_OPTIONS_DEFAULT;
  problem.p = nullptr;
  expect_error(create(), "problem.p is null");
  problem.p = &p;
  a.row_ptrs = nullptr;
  expect_error(create(), "problem.a.row_ptrs is null");
  a.row_ptrs = qps.a_begin.data();
  p.unknowns = 0;
  expect_error(create(), "problem.p.unknowns is 0");
  p.unknowns = n;
  ASSERT_EQ(create(), METASOLVE_CODE_OK);
  expect_error(metasolve_qp_solver_solve(nullptr, &tasks, nullptr, &results, nullptr), "solver is null");
  expect_error(metasolve_qp_solver_solve(solver, nullptr, nullptr, &results, nullptr), "tasks is null");
  tasks.alpha.value = -1;
  expect_error(metasolve_qp_solver_solve(solver, &tasks, nullptr, &results, nullptr), "tasks.alpha is -1");
  expect_error(metasolve_qp_solver_set_codebook(solver, nullptr), "codebook is null");
  expect_error(metasolve_qp_solver_polish(solver, &tasks, nullptr), "polish is null");
  expect_error(metasolve_qp_solver_gradient(solver, &tasks, nullptr), "gradient is null");
}

}  // namespace
}  // namespace metasolve::c_api_qp_test
