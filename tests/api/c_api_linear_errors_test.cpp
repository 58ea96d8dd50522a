// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "metasolve/linear_solver.h"
#include "metasolve/linear_solver.hpp"
#include "tests/support/c_api_handles.hpp"

/// Linear systems from C: defaults, enumerators and errors with their texts.
namespace metasolve::c_api_linear_errors_test {
namespace {

using test::expect_failure, test::made, test::setup_of;

TEST(CApiLinear, DefaultsAreTheClass) {
  metasolve_linear_options const options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
  LinearSolver::Options const of_class;
  EXPECT_EQ(options.size, sizeof options);
  EXPECT_EQ(options.matrix, static_cast<int>(of_class.matrix));
  EXPECT_EQ(options.method, static_cast<int>(of_class.method));
  EXPECT_EQ(options.ordering, static_cast<int>(of_class.ordering));
  EXPECT_EQ(options.precision, static_cast<int>(of_class.precision));
  EXPECT_EQ(options.keeps_factors != 0, of_class.keeps_factors);
  EXPECT_EQ(options.preconditioner, static_cast<int>(of_class.preconditioner));
  EXPECT_EQ(options.fill_level, of_class.fill_level);
  EXPECT_EQ(options.block_size, of_class.block_size);
  EXPECT_EQ(options.restart, of_class.restart);
  EXPECT_EQ(options.reserved, 0);
  metasolve_linear_tasks const tasks = METASOLVE_LINEAR_TASKS_DEFAULT;
  LinearSolver::Tasks const tasks_of_class;
  EXPECT_EQ(tasks.size, sizeof tasks);
  EXPECT_EQ(tasks.count, tasks_of_class.count);
  for (auto const& view : {tasks.values, tasks.rhs, tasks.guess}) EXPECT_EQ(view.data, nullptr);
  EXPECT_EQ(tasks.shift.data, nullptr);
  EXPECT_EQ(tasks.shift.value, tasks_of_class.shift.value);
  EXPECT_EQ(tasks.omega.data, nullptr);
  EXPECT_EQ(tasks.omega.value, tasks_of_class.omega.value);
  metasolve_linear_gradient const gradient = METASOLVE_LINEAR_GRADIENT_DEFAULT;
  EXPECT_EQ(gradient.size, sizeof gradient);
  for (auto const& view : {gradient.solution, gradient.solution_bar}) EXPECT_EQ(view.data, nullptr);
  for (auto const& view : {gradient.rhs_bar, gradient.values_bar}) EXPECT_EQ(view.data, nullptr);
}

TEST(CApiLinear, EnumeratorsAreTheClass) {
  using Solver = LinearSolver;
  auto const expect_in_order = [](auto const& of_class, std::vector<int> const& of_c) {
    ASSERT_EQ(of_class.size(), of_c.size());
    for (std::size_t i = 0; i < of_c.size(); ++i) {
      EXPECT_EQ(static_cast<int>(of_class[i]), of_c[i]);
      EXPECT_EQ(of_c[i], static_cast<int>(i)) << "compiled programs contain the value";
    }
  };
  using Method = Solver::Method;
  expect_in_order(std::vector{Method::automatic, Method::cholesky, Method::ldl, Method::lu, Method::dense_lu,
                              Method::cg, Method::bicgstab, Method::gmres},
                  {METASOLVE_LINEAR_METHOD_AUTOMATIC, METASOLVE_LINEAR_METHOD_CHOLESKY, METASOLVE_LINEAR_METHOD_LDL,
                   METASOLVE_LINEAR_METHOD_LU, METASOLVE_LINEAR_METHOD_DENSE_LU, METASOLVE_LINEAR_METHOD_CG,
                   METASOLVE_LINEAR_METHOD_BICGSTAB, METASOLVE_LINEAR_METHOD_GMRES});
  using Matrix = Solver::Matrix;
  expect_in_order(
      std::vector{Matrix::general, Matrix::symmetric, Matrix::positive_definite},
      {METASOLVE_LINEAR_MATRIX_GENERAL, METASOLVE_LINEAR_MATRIX_SYMMETRIC, METASOLVE_LINEAR_MATRIX_POSITIVE_DEFINITE});
  using Ordering = Solver::Ordering;
  expect_in_order(std::vector{Ordering::automatic, Ordering::natural, Ordering::rcm, Ordering::amd},
                  {METASOLVE_LINEAR_ORDERING_AUTOMATIC, METASOLVE_LINEAR_ORDERING_NATURAL,
                   METASOLVE_LINEAR_ORDERING_RCM, METASOLVE_LINEAR_ORDERING_AMD});
  using Precision = Solver::Precision;
  expect_in_order(std::vector{Precision::full, Precision::mixed},
                  {METASOLVE_PRECISION_FULL, METASOLVE_PRECISION_MIXED});
}

/// [4 1; 1 3] twice.
struct Pair {
  std::vector<std::int32_t> row_ptrs{0, 2, 4}, col_idxs{0, 1, 0, 1};
  std::vector<double> values{4, 1, 1, 3}, rhs{1, 2, 3, 4}, x = std::vector<double>(4), bar = std::vector<double>(4);

  [[nodiscard]] metasolve_pattern pattern() const { return {2, 4, row_ptrs.data(), col_idxs.data()}; }
  [[nodiscard]] metasolve_linear_tasks tasks() const {
    metasolve_linear_tasks made = METASOLVE_LINEAR_TASKS_DEFAULT;
    made.count = 2;
    made.values = {values.data(), 0, 1};
    made.rhs = {rhs.data(), 2, 1};
    return made;
  }
  [[nodiscard]] metasolve_results results() {
    metasolve_results made = METASOLVE_RESULTS_DEFAULT;
    made.solution = {x.data(), 2, 1};
    return made;
  }
  [[nodiscard]] metasolve_linear_gradient gradient() {
    metasolve_linear_gradient made = METASOLVE_LINEAR_GRADIENT_DEFAULT;
    made.solution_bar = {rhs.data(), 2, 1};
    made.rhs_bar = {bar.data(), 2, 1};
    return made;
  }
};

class CApiLinearErrors : public ::testing::Test {
 protected:
  [[nodiscard]] test::Handle<metasolve_linear_solver> solver(bool keeps_factors) {
    metasolve_linear_options options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
    options.keeps_factors = keeps_factors ? 1 : 0;
    return made<metasolve_linear_solver>(
        [&](auto** to) { return metasolve_linear_solver_create(executor_.get(), &pattern_, &options, &setup_, to); });
  }
  static void expect_named(int code, std::string const& name) {
    expect_failure(code, METASOLVE_CODE_INVALID_INPUT, name);
  }

  test::Handle<metasolve_executor> const executor_ = test::open("cpu");
  Pair pair_;
  metasolve_pattern const pattern_ = pair_.pattern();
  metasolve_setup const setup_ = setup_of(4);
};

TEST_F(CApiLinearErrors, NullsAreNamed) {
  auto* const ex = executor_.get();
  metasolve_linear_solver* handle = nullptr;
  std::size_t bytes = 0;
  expect_named(metasolve_linear_solver_create(nullptr, &pattern_, nullptr, &setup_, &handle), "executor is null");
  expect_named(metasolve_linear_solver_create(ex, nullptr, nullptr, &setup_, &handle), "pattern is null");
  expect_named(metasolve_linear_solver_create(ex, &pattern_, nullptr, nullptr, &handle), "setup is null");
  expect_named(metasolve_linear_solver_create(ex, &pattern_, nullptr, &setup_, nullptr), "solver is null");
  expect_named(metasolve_linear_solver_workspace_bytes(nullptr, &pattern_, nullptr, &setup_, &bytes),
               "executor is null");
  expect_named(metasolve_linear_solver_workspace_bytes(ex, nullptr, nullptr, &setup_, &bytes), "pattern is null");
  expect_named(metasolve_linear_solver_workspace_bytes(ex, &pattern_, nullptr, nullptr, &bytes), "setup is null");
  expect_named(metasolve_linear_solver_workspace_bytes(ex, &pattern_, nullptr, &setup_, nullptr), "bytes is null");
  metasolve_linear_solver_release(nullptr);
  EXPECT_EQ(metasolve_linear_solver_unknowns(nullptr), 0);
  EXPECT_EQ(metasolve_linear_solver_method(nullptr), METASOLVE_LINEAR_METHOD_AUTOMATIC);
  EXPECT_EQ(metasolve_linear_solver_ordering(nullptr), METASOLVE_LINEAR_ORDERING_AUTOMATIC);
  EXPECT_EQ(metasolve_linear_solver_factor_entries(nullptr), 0);

  auto const one = solver(true);
  auto const tasks = pair_.tasks();
  auto const results = pair_.results();
  auto const gradient = pair_.gradient();
  for (auto* const solve : {&metasolve_linear_solver_solve, &metasolve_linear_solver_solve_again}) {
    expect_named(solve(nullptr, &tasks, nullptr, &results), "solver is null");
    expect_named(solve(one.get(), nullptr, nullptr, &results), "tasks is null");
    expect_named(solve(one.get(), &tasks, nullptr, nullptr), "results is null");
  }
  auto* const of = &metasolve_linear_solver_gradient;
  expect_named(of(nullptr, &tasks, &gradient, nullptr, &results), "solver is null");
  expect_named(of(one.get(), nullptr, &gradient, nullptr, &results), "tasks is null");
  expect_named(of(one.get(), &tasks, nullptr, nullptr, &results), "gradient is null");
  expect_named(of(one.get(), &tasks, &gradient, nullptr, nullptr), "results is null");
}

TEST_F(CApiLinearErrors, OptionsAreNamed) {
  metasolve_linear_solver* handle = nullptr;
  auto const expect_option = [&](std::string const& name, std::function<void(metasolve_linear_options&)> edit) {
    metasolve_linear_options options = METASOLVE_LINEAR_OPTIONS_DEFAULT;
    edit(options);
    auto const already = solver(false);
    handle = already.get();
    expect_named(metasolve_linear_solver_create(executor_.get(), &pattern_, &options, &setup_, &handle), name);
    EXPECT_EQ(handle, nullptr);
    std::size_t bytes = 0;
    expect_named(metasolve_linear_solver_workspace_bytes(executor_.get(), &pattern_, &options, &setup_, &bytes), name);
  };
  expect_option("options.size is 0", [](auto& o) { o.size = 0; });
  expect_option("options.size is " + std::to_string(sizeof(metasolve_linear_options) + 8),
                [](auto& o) { o.size += 8; });
  expect_option("options.matrix is -1", [](auto& o) { o.matrix = -1; });
  expect_option("options.matrix is 3", [](auto& o) { o.matrix = 3; });
  expect_option("METASOLVE_LINEAR_MATRIX_SYMMETRIC (1)", [](auto& o) { o.matrix = 3; });
  expect_option("options.method is 8", [](auto& o) { o.method = 8; });
  expect_option("METASOLVE_LINEAR_METHOD_GMRES (7)", [](auto& o) { o.method = -1; });
  expect_option("options.ordering is 4", [](auto& o) { o.ordering = 4; });
  expect_option("METASOLVE_LINEAR_ORDERING_AMD (3)", [](auto& o) { o.ordering = 4; });
  expect_option("options.precision is 2", [](auto& o) { o.precision = 2; });
  expect_option("METASOLVE_PRECISION_MIXED (1)", [](auto& o) { o.precision = 2; });
  expect_option("options.preconditioner is 7", [](auto& o) { o.preconditioner = 7; });
  expect_option("METASOLVE_PRECONDITIONER_AUTOMATIC (6)", [](auto& o) { o.preconditioner = 7; });
  expect_option("options.fill_level is -1", [](auto& o) { o.fill_level = -1; });
  expect_option("options.block_size is 17", [](auto& o) { o.block_size = 17; });
  expect_option("options.restart is 0", [](auto& o) { o.restart = 0; });
  expect_option("positive_definite", [](auto& o) { o.method = METASOLVE_LINEAR_METHOD_CHOLESKY; });
  expect_option("options.keeps_factors", [](auto& o) {
    o.method = METASOLVE_LINEAR_METHOD_GMRES;
    o.keeps_factors = 1;
  });
  // A malformed pattern, by its row.
  Pair wrong;
  wrong.col_idxs = {0, 1, 0, 0};
  auto const pattern = wrong.pattern();
  expect_named(metasolve_linear_solver_create(executor_.get(), &pattern, nullptr, &setup_, &handle), "row 1");
}

TEST_F(CApiLinearErrors, WrongArgumentsOfCallsAreNamed) {
  auto const one = solver(true);
  auto const tasks = pair_.tasks();
  auto const results = pair_.results();
  auto const gradient = pair_.gradient();
  auto const expect_wrong = [&](std::string const& name,
                                std::function<void(metasolve_linear_tasks&, metasolve_results&)> edit) {
    auto wrong_tasks = tasks;
    auto wrong_results = results;
    edit(wrong_tasks, wrong_results);
    expect_named(metasolve_linear_solver_solve(one.get(), &wrong_tasks, nullptr, &wrong_results), name);
  };
  expect_wrong("tasks.size is 8", [](auto& t, auto&) { t.size = 8; });
  expect_wrong("results.size is 0", [](auto&, auto& r) { r.size = 0; });
  expect_wrong("tasks.count is 5", [](auto& t, auto&) { t.count = 5; });
  expect_wrong("tasks.values is null", [](auto& t, auto&) { t.values.data = nullptr; });
  expect_wrong("tasks.rhs is null", [](auto& t, auto&) { t.rhs.data = nullptr; });
  expect_wrong("results.solution overlaps tasks.rhs",
               [](auto& t, auto& r) { r.solution.data = const_cast<double*>(t.rhs.data); });
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.size = 8;
  expect_named(metasolve_linear_solver_solve(one.get(), &tasks, &stopping, &results), "stopping.size is 8");
  expect_named(metasolve_linear_solver_solve_again(one.get(), &tasks, nullptr, &results), "tasks.count is 2");
  ASSERT_EQ(metasolve_linear_solver_solve(one.get(), &tasks, nullptr, &results), METASOLVE_CODE_OK);
  EXPECT_EQ(metasolve_linear_solver_solve_again(one.get(), &tasks, nullptr, &results), METASOLVE_CODE_OK);
  auto const expect_gradient = [&](std::string const& name, std::function<void(metasolve_linear_gradient&)> edit) {
    auto wrong = gradient;
    edit(wrong);
    expect_named(metasolve_linear_solver_gradient(one.get(), &tasks, &wrong, nullptr, &results), name);
  };
  expect_gradient("gradient.size is 16", [](auto& g) { g.size = 16; });
  expect_gradient("gradient.rhs_bar is null", [](auto& g) { g.rhs_bar.data = nullptr; });
  expect_gradient("gradient.solution_bar is null", [](auto& g) { g.solution_bar.data = nullptr; });
  std::vector<double> values_bar(8);
  expect_gradient("gradient.solution is null", [&](auto& g) { g.values_bar = {values_bar.data(), 4, 1}; });
  EXPECT_EQ(metasolve_linear_solver_gradient(one.get(), &tasks, &gradient, nullptr, &results), METASOLVE_CODE_OK)
      << metasolve_last_error();
  auto const forgetful = solver(false);
  expect_named(metasolve_linear_solver_solve_again(forgetful.get(), &tasks, nullptr, &results),
               "options.keeps_factors");
  metasolve_linear_tasks const nothing = METASOLVE_LINEAR_TASKS_DEFAULT;
  EXPECT_EQ(metasolve_linear_solver_solve(one.get(), &nothing, nullptr, &results), METASOLVE_CODE_OK)
      << "no tasks are no error";
}

}  // namespace
}  // namespace metasolve::c_api_linear_errors_test
