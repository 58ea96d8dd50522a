// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/pressure_solver.h"
#include "metasolve/pressure_solver.hpp"
#include "tests/support/c_api_handles.hpp"
#include "tests/support/pressure_systems.hpp"

/// Pressure systems from C: agreement with the class, to the bit, and errors.
namespace metasolve::c_api_pressure_test {
namespace {

constexpr int columns = 14, rows = 11, unknowns = columns * rows, count = 3;

/// What a call writes.
struct Written {
  std::vector<std::int32_t> status = std::vector<std::int32_t>(count, -1), iterations = status;
  std::vector<double> measure = std::vector<double>(count, -1.0),
                      solution = std::vector<double>(count * unknowns, -1.0);

  bool operator==(Written const&) const = default;
};

struct CApiPressure : testing::Test {
  test::PressureSystems const systems{columns, rows, count, true};
  metasolve_executor* executor = nullptr;
  metasolve_pressure_options options = METASOLVE_PRESSURE_OPTIONS_DEFAULT;
  metasolve_setup setup = test::setup_of(count);
  metasolve_pressure_tasks tasks = METASOLVE_PRESSURE_TASKS_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  metasolve_pressure_solver* solver = nullptr;
  std::vector<double> guess;
  Written written;

  void SetUp() override {
    ASSERT_EQ(metasolve_executor_open_cpu(2, &executor), METASOLVE_CODE_OK);
    options.rows = rows;
    options.columns = columns;
    for (int i = 0; i < count * unknowns; ++i) guess.push_back(0.01 * (i % 17));
    tasks.count = count;
    tasks.rhs = {systems.rhs.data(), unknowns, 1};
    results.status = written.status.data();
    results.iterations = written.iterations.data();
    results.measure = written.measure.data();
    results.solution = {written.solution.data(), unknowns, 1};
  }
  void TearDown() override {
    metasolve_pressure_solver_release(solver);
    metasolve_executor_release(executor);
  }
  [[nodiscard]] int create() {
    metasolve_pressure_solver_release(solver);
    solver = nullptr;
    return metasolve_pressure_solver_create(executor, &options, &setup, &solver);
  }
  void give_weights() {
    tasks.weights_x = {systems.weights_x.data(), rows * (columns - 1), 1};
    tasks.weights_y = {systems.weights_y.data(), (rows - 1) * columns, 1};
  }
  /// What the class writes for the tasks.
  [[nodiscard]] Written by_class(PressureSolver::Options const& same, PressureSolver::Stopping const& stopping) const {
    auto const same_view = [](metasolve_const_batch_view const& v) {
      return BatchView<double const>{v.data, v.task_stride, v.item_stride};
    };
    PressureSolver of_class(Executor::cpu(2), same, {.capacity = count});
    Written to;
    PressureSolver::Tasks given;
    given.count = count;
    given.rhs = same_view(tasks.rhs);
    given.weights_x = same_view(tasks.weights_x);
    given.weights_y = same_view(tasks.weights_y);
    given.open = same_view(tasks.open);
    given.guess = same_view(tasks.guess);
    PressureSolver::Results into;
    into.status = to.status.data();
    into.iterations = to.iterations.data();
    into.measure = to.measure.data();
    into.solution = {to.solution.data(), unknowns, 1};
    of_class.solve(given, stopping, into);
    return to;
  }
  static void expect_error(int code, char const* part) {
    test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
  }
};

TEST_F(CApiPressure, DoesWhatTheClassDoes) {
  using Preconditioner = PressureSolver::Preconditioner;
  using Measure = PressureSolver::Measure;
  give_weights();
  tasks.open = {systems.open.data(), unknowns, 1};
  tasks.guess = {guess.data(), unknowns, 1};
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  stopping.tolerance.value = 1e-9;
  struct Case {
    metasolve_pressure_preconditioner preconditioner;
    metasolve_pressure_measure measure;
    PressureSolver::Options of_class;
  };
  for (auto const& c : {Case{METASOLVE_PRESSURE_PRECONDITIONER_NONE,
                             METASOLVE_PRESSURE_MEASURE_LARGEST_RESIDUAL,
                             {.preconditioner = Preconditioner::none, .measure = Measure::largest_residual}},
                        Case{METASOLVE_PRESSURE_PRECONDITIONER_MODIFIED_CHOLESKY,
                             METASOLVE_PRESSURE_MEASURE_RESIDUAL,
                             {.preconditioner = Preconditioner::modified_cholesky, .measure = Measure::residual}},
                        Case{METASOLVE_PRESSURE_PRECONDITIONER_MULTIGRID,
                             METASOLVE_PRESSURE_MEASURE_RELATIVE_RESIDUAL,
                             {.preconditioner = Preconditioner::multigrid, .measure = Measure::relative_residual}}}) {
    auto same = c.of_class;
    same.rows = rows, same.columns = columns, same.fill_share = options.fill_share = 0.9;
    options.preconditioner = c.preconditioner;
    options.measure = c.measure;
    ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
    EXPECT_EQ(metasolve_pressure_solver_unknowns(solver), unknowns);
    std::size_t bytes = 0;
    EXPECT_EQ(metasolve_pressure_solver_workspace_bytes(executor, &options, &setup, &bytes), METASOLVE_CODE_OK);
    EXPECT_EQ(bytes, PressureSolver::workspace_bytes(Executor::cpu(2), same, {.capacity = count}));
    ASSERT_EQ(metasolve_pressure_solver_solve(solver, &tasks, &stopping, &results, nullptr), METASOLVE_CODE_OK)
        << metasolve_last_error();
    EXPECT_EQ(written.status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
    EXPECT_EQ(written, by_class(same, {.tolerance = 1e-9}));
  }
}

TEST_F(CApiPressure, DefaultsAreThoseOfTheClass) {
  PressureSolver::Options const of_class;
  EXPECT_EQ(options.preconditioner, static_cast<int>(of_class.preconditioner));
  EXPECT_EQ(options.measure, static_cast<int>(of_class.measure));
  EXPECT_EQ(options.fill_share, of_class.fill_share);
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  ASSERT_EQ(metasolve_pressure_solver_solve(solver, &tasks, nullptr, &results, nullptr), METASOLVE_CODE_OK)
      << metasolve_last_error();
  EXPECT_EQ(written.status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
  EXPECT_EQ(written, by_class({.rows = rows, .columns = columns}, {}));
}

TEST_F(CApiPressure, SolvesInPlaceWithTheWeightsOfOneTask) {
  give_weights();
  tasks.weights_x.task_stride = tasks.weights_y.task_stride = 0;
  tasks.guess = {guess.data(), unknowns, 1};
  auto const expected = by_class({.rows = rows, .columns = columns}, {});
  results.solution = {guess.data(), unknowns, 1};
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  ASSERT_EQ(metasolve_pressure_solver_solve(solver, &tasks, nullptr, &results, nullptr), METASOLVE_CODE_OK)
      << metasolve_last_error();
  EXPECT_EQ(guess, expected.solution);
  EXPECT_EQ(written.iterations, expected.iterations);
}

TEST_F(CApiPressure, SaysWhichOptionIsWrong) {
  auto const expect_refused = [&](auto change, char const* part) {
    auto const before = options;
    change();
    expect_error(create(), part);
    EXPECT_EQ(solver, nullptr);
    std::size_t bytes = 0;
    expect_error(metasolve_pressure_solver_workspace_bytes(executor, &options, &setup, &bytes), part);
    options = before;
  };
  expect_refused([&] { options.rows = 0; }, "options.rows is 0, expected 1 to 4096");
  expect_refused([&] { options.columns = 5000; }, "options.columns is 5000");
  expect_refused([&] { options.fill_share = 1.5; }, "options.fill_share is 1.5");
  expect_refused([&] { options.preconditioner = 3; }, "options.preconditioner is 3");
  expect_refused([&] { options.measure = -1; }, "options.measure is -1");
  expect_refused([&] { options.size = 8; }, "options.size is 8");
  setup.capacity = 0;
  expect_refused([] {}, "capacity");
}

TEST_F(CApiPressure, SaysWhichArgumentIsWrong) {
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  auto const expect_refused = [&](auto change, char const* part) {
    auto const before = tasks;
    change();
    expect_error(metasolve_pressure_solver_solve(solver, &tasks, nullptr, &results, nullptr), part);
    tasks = before;
  };
  expect_refused([&] { tasks.rhs.data = nullptr; }, "tasks.rhs is null");
  expect_refused([&] { tasks.weights_x = {systems.weights_x.data(), 0, 1}; }, "give both, or neither");
  expect_refused([&] { tasks.weights_y = {systems.weights_y.data(), 0, 1}; }, "give both, or neither");
  expect_refused([&] { tasks.count = count + 1; }, "tasks.count is 4");
  expect_refused([&] { tasks.size = 0; }, "tasks.size is 0");
  EXPECT_EQ(written, Written{});
}

TEST_F(CApiPressure, SaysWhatIsNull) {
  expect_error(metasolve_pressure_solver_create(executor, &options, &setup, nullptr), "solver is null");
  expect_error(metasolve_pressure_solver_create(nullptr, &options, &setup, &solver), "executor is null");
  expect_error(metasolve_pressure_solver_create(executor, nullptr, &setup, &solver), "options is null");
  expect_error(metasolve_pressure_solver_create(executor, &options, nullptr, &solver), "setup is null");
  expect_error(metasolve_pressure_solver_workspace_bytes(executor, &options, &setup, nullptr), "bytes is null");
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  expect_error(metasolve_pressure_solver_solve(nullptr, &tasks, nullptr, &results, nullptr), "solver is null");
  expect_error(metasolve_pressure_solver_solve(solver, nullptr, nullptr, &results, nullptr), "tasks is null");
  expect_error(metasolve_pressure_solver_solve(solver, &tasks, nullptr, nullptr, nullptr), "results is null");
  EXPECT_EQ(metasolve_pressure_solver_unknowns(nullptr), 0);
  metasolve_pressure_solver_release(nullptr);
}

}  // namespace
}  // namespace metasolve::c_api_pressure_test
