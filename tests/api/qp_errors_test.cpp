// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "metasolve/error.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/random_qps.hpp"

/// What QpSolver rejects: each message names the argument.
namespace metasolve::qp_errors_test {
namespace {

using test::at;
using test::RandomQps;

struct QpErrors : testing::Test {
  RandomQps const qps{4, 6, 3, true};
  Executor const executor = Executor::cpu(1);
  std::vector<double> solution = std::vector<double>(30);

  [[nodiscard]] QpSolver::Tasks tasks() const {
    QpSolver::Tasks t{.count = 3};
    t.p_values = {qps.p.data(), 0, 1};
    t.a_values = {qps.a.data(), 0, 1};
    t.q = {qps.q.data(), 4, 1};
    t.lower = {qps.l.data(), 6, 1};
    t.upper = {qps.u.data(), 6, 1};
    return t;
  }
  template <class Edit>
  void rejects_options(Edit&& edit, std::initializer_list<std::string> parts) const {
    QpSolver::Options options;
    edit(options);
    test::expect_message<InputError>([&] { QpSolver(executor, qps.problem(), options, {3}); }, parts);
    test::expect_message<InputError>([&] { QpSolver::workspace_bytes(executor, qps.problem(), options, {3}); }, parts);
  }
  template <class Edit>
  void rejects_problem(Edit&& edit, std::initializer_list<std::string> parts) const {
    auto problem = qps.problem();
    edit(problem);
    test::expect_message<InputError>([&] { QpSolver(executor, problem, {}, {3}); }, parts);
  }
  template <class Edit>
  void rejects_tasks(QpSolver& solver, Edit&& edit, std::initializer_list<std::string> parts) {
    auto t = tasks();
    edit(t);
    Results<double> results;
    results.solution = {solution.data(), 10, 1};
    test::expect_message<InputError>([&] { solver.solve(t, {}, results); }, parts);
  }
};

TEST_F(QpErrors, NameTheRowOfAPatternWhoseValuesAreGiven) {
  auto const copy = [](auto const& of) { return std::vector<std::int32_t>(of.begin(), of.end()); };
  auto const given = qps.problem();
  auto columns = copy(given.p.col_idxs), begins = copy(given.a.row_ptrs), others = copy(given.a.col_idxs);
  columns.back() = 100'000'000;
  rejects_problem([&](auto& p) { p.p.col_idxs = columns; }, {"P: row 3 has the column 100000000"});
  others.front() = -70'000'000;
  rejects_problem([&](auto& p) { p.a.col_idxs = others; }, {"A: row 0 has the column -70000000"});
  begins[1] = 50'000'000;
  rejects_problem([&](auto& p) { p.a.row_ptrs = begins; }, {"A: row_ptrs descends after row 1"});
}

TEST_F(QpErrors, NameTheOption) {
  rejects_options([](auto& o) { o.sigma = 0; }, {"options.sigma is 0", "positive"});
  rejects_options([](auto& o) { o.sigma = std::nan(""); }, {"options.sigma is"});
  rejects_options([](auto& o) { o.absolute = -1; }, {"options.absolute is -1", "0 or more"});
  rejects_options([](auto& o) { o.equality = 0; }, {"options.equality"});
  rejects_options([](auto& o) { o.unbounded = -1e-6; }, {"options.unbounded"});
  rejects_options([](auto& o) { o.certificate_tolerance = -1; }, {"options.certificate_tolerance"});
  rejects_options([](auto& o) { o.guess_rho = -1; }, {"options.guess_rho"});
  rejects_options([](auto& o) { o.codebook = -1; }, {"options.codebook is -1"});
  std::vector<std::int32_t> const short_group{0, 0}, gap{0, 0, 0, 2, 2, 2}, beyond{0, 0, 0, 0, 0, 6};
  rejects_options([&](auto& o) { o.penalty_group = short_group; }, {"options.penalty_group has 2 numbers", "6"});
  rejects_options([&](auto& o) { o.penalty_group = gap; }, {"options.penalty_group", "group 1 of 3"});
  rejects_options([&](auto& o) { o.penalty_group = beyond; }, {"options.penalty_group[5] is 6", "0 to 5"});
  rejects_options([&](auto& o) { o.shift_x = short_group; }, {"options.shift_x has 2 numbers"});
  rejects_options([&](auto& o) { o.shift_y = beyond; }, {"options.shift_y[5] is 6", "-1 to 5"});
  std::vector<double> const weights{1, 1, 0, 1, 1, 1};
  rejects_options([&](auto& o) { o.row_weights = weights; }, {"options.row_weights[2] is 0"});
  EXPECT_THROW(QpSolver(executor, qps.problem(), {}, {0}), InputError);
}

TEST_F(QpErrors, NameThePartOfTheProblem) {
  std::vector<double> const numbers(3, 1.0), not_finite(4, std::nan(""));
  rejects_problem([&](auto& p) { p.p_values = numbers; }, {"problem.p_values has 3 numbers"});
  rejects_problem([&](auto& p) { p.q = not_finite; }, {"problem.q[0] is not finite"});
  rejects_problem([&](auto& p) { p.lower = {}; }, {"problem.lower", "both or neither"});
  rejects_problem([&](auto& p) { p.upper = numbers; }, {"problem.upper has 3 numbers", "6"});
  std::vector<std::int32_t> const columns{0, 0, 1, 0, 1, 9};
  std::vector<std::int32_t> const begin{0, 1, 3, 6};
  rejects_problem(
      [&](auto& p) {
        p.p = {begin, columns};
        p.p_values = p.q = {};
      },
      {"row 2", "column 9"});
  rejects_problem([&](auto& p) { p.a.row_ptrs = p.a.row_ptrs.first(3), p.a_values = {}, p.lower = p.upper = {}; },
                  {"A", "row_ptrs"});
}

TEST_F(QpErrors, NameTheArgument) {
  QpSolver solver(executor, qps.problem(), {}, {3});
  rejects_tasks(solver, [](auto& t) { t.count = 4; }, {"tasks.count is 4", "capacity"});
  rejects_tasks(solver, [](auto& t) { t.q = {}; }, {"tasks.q is null"});
  rejects_tasks(solver, [](auto& t) { t.p_values = {}; }, {"tasks.p_values is null"});
  rejects_tasks(solver, [](auto& t) { t.a_values = {}; }, {"tasks.a_values is null"});
  rejects_tasks(solver, [](auto& t) { t.a_values.item_stride = 2; }, {"tasks.a_values", "contiguous"});
  rejects_tasks(solver, [](auto& t) { t.alpha = 2; }, {"tasks.alpha is 2"});
  rejects_tasks(solver, [](auto& t) { t.shifts_guess = true; }, {"tasks.shifts_guess", "there is no guess"});
  std::vector<double> const guess(30);
  rejects_tasks(solver,
                [&](auto& t) {
                  t.guess = {guess.data(), 10, 1};
                  t.shifts_guess = true;
                },
                {"tasks.shifts_guess", "options.shift_x"});
  rejects_tasks(solver, [](auto& t) { t.entry = 0; }, {"tasks.entry", "codebook is 0"});
  rejects_tasks(solver, [&](auto& t) { t.q.data = solution.data(); }, {"results.solution overlaps tasks.q"});
  rejects_tasks(solver,
                [&](auto& t) {
                  t.guess = {solution.data() + 1, 10, 1};
                },
                {"results.solution overlaps tasks.guess"});
  test::expect_message<InputError>([&] { solver.set_codebook({}); }, {"set_codebook", "codebook is 0"});
  test::expect_message<InputError>([&] { solver.polish(tasks(), {}); }, {"polish.solution is null"});
  QpSolver::Gradient gradient;
  test::expect_message<InputError>([&] { solver.gradient(tasks(), gradient); }, {"gradient.solution is null"});
  gradient.solution = {solution.data(), 10, 1};
  test::expect_message<InputError>([&] { solver.gradient(tasks(), gradient); }, {"gradient.solution_bar is null"});

  QpSolver with_codebook(executor, qps.problem(), {.codebook = 2}, {3});
  rejects_tasks(with_codebook, [](auto&) {}, {"set_codebook has not been called"});
  std::vector<double> const rho{1, 2};
  test::expect_message<InputError>(
      [&] {
        with_codebook.set_codebook({{}, tasks().p_values, tasks().a_values});
      },
      {"codebook.rho is null"});
  test::expect_message<InputError>(
      [&] {
        with_codebook.set_codebook({{rho.data(), 1, 1}, {}, tasks().a_values});
      },
      {"codebook.p_values is null"});
  with_codebook.set_codebook({{rho.data(), 1, 1}, tasks().p_values, tasks().a_values});
  rejects_tasks(with_codebook, [](auto& t) { t.entry = 2; }, {"tasks.entry is 2", "-1 to 1"});
  rejects_tasks(with_codebook, [](auto& t) { t.p_values.task_stride = 1; }, {"task_stride 0"});
}

}  // namespace
}  // namespace metasolve::qp_errors_test
