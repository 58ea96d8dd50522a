// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "metasolve/grid_solver.h"
#include "metasolve/grid_solver.hpp"
#include "metasolve/grid_stencils.hpp"
#include "tests/support/c_api_handles.hpp"
#include "tests/support/grid_tasks.hpp"

/// Systems on grids from C: agreement with the class, to the bit, and errors.
namespace metasolve::c_api_grid_test {
namespace {

using test::random_numbers;
using Solver = GridSolver<double>;
constexpr int n = 15, unknowns = n * n, count = 3;

struct CApiGrid : testing::Test {
  metasolve_executor* executor = nullptr;
  metasolve_grid grid = METASOLVE_GRID_DEFAULT;
  metasolve_grid_options options = METASOLVE_GRID_OPTIONS_DEFAULT;
  metasolve_setup setup = test::setup_of(count);
  metasolve_grid_tasks tasks = METASOLVE_GRID_TASKS_DEFAULT;
  metasolve_stopping stopping = METASOLVE_STOPPING_DEFAULT;
  metasolve_results results = METASOLVE_RESULTS_DEFAULT;
  metasolve_grid_solver* solver = nullptr;
  std::vector<double> const conductivity = positive(random_numbers(16 * 16, 1));
  std::vector<double> const rhs = random_numbers(count * unknowns, 2), guess = random_numbers(count * unknowns, 3);
  std::vector<double> stencils = std::vector<double>(5 * unknowns), solution = std::vector<double>(count * unknowns);
  std::vector<std::int32_t> status = std::vector<std::int32_t>(count, -1), iterations = status;

  static std::vector<double> positive(std::vector<double> numbers) {
    for (auto& x : numbers) x = std::exp(2 * x);
    return numbers;
  }
  void SetUp() override {
    ASSERT_EQ(metasolve_executor_open_cpu(2, &executor), METASOLVE_CODE_OK);
    grid.points[0] = grid.points[1] = n;
    metasolve_grid_diffusion diffusion = METASOLVE_GRID_DIFFUSION_DEFAULT;
    diffusion.grid = &grid;
    diffusion.conductivity = conductivity.data();
    ASSERT_EQ(metasolve_grid_diffusion_stencils(&diffusion, stencils.data()), METASOLVE_CODE_OK);
    tasks.count = count;
    tasks.stencils = {stencils.data(), 0, 1};
    tasks.rhs = {rhs.data(), unknowns, 1};
    stopping.tolerance.value = 1e-9;
    results.status = status.data();
    results.iterations = iterations.data();
    results.solution = {solution.data(), unknowns, 1};
  }
  void TearDown() override {
    metasolve_grid_solver_release(solver);
    metasolve_executor_release(executor);
  }
  [[nodiscard]] int create() {
    metasolve_grid_solver_release(solver);
    solver = nullptr;
    return metasolve_grid_solver_create(executor, &grid, &options, &setup, &solver);
  }
  static void expect_error(int code, char const* part) {
    test::expect_failure(code, METASOLVE_CODE_INVALID_INPUT, part);
  }
};

TEST_F(CApiGrid, DoesWhatTheClassDoes) {
  std::vector<double> const own{0.8}, of_tasks{0.7, 0.9, 1.1};
  options.parameters = own.data();
  options.parameter_count = 1;
  options.smoother = METASOLVE_GRID_SMOOTHER_ZEBRA;
  options.cycle = METASOLVE_GRID_CYCLE_W;
  options.before = options.after = 2;
  options.transfer = METASOLVE_GRID_TRANSFER_BY_OPERATOR;
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  Grid const same{2, {n, n, 1}, {}};
  Solver::Options const same_options{.smoother = Solver::Smoother::zebra,
                                     .cycle = Solver::Cycle::w,
                                     .before = 2,
                                     .after = 2,
                                     .transfer = Solver::Transfer::by_operator,
                                     .parameters = own};
  Solver of_class(Executor::cpu(2), same, same_options, {count});
  EXPECT_EQ(metasolve_grid_solver_unknowns(solver), unknowns);
  EXPECT_EQ(metasolve_grid_solver_levels(solver), of_class.levels());
  EXPECT_EQ(metasolve_grid_solver_numbers(solver), 5 * unknowns);
  ASSERT_EQ(metasolve_grid_solver_parameters(solver), 1);
  EXPECT_EQ(metasolve_grid_solver_default_parameters(solver)[0], 0.8);
  EXPECT_STREQ(metasolve_grid_solver_parameter_name(solver, 0), of_class.parameter_names().front().c_str());
  EXPECT_EQ(metasolve_grid_solver_parameter_name(solver, 1), nullptr);
  std::size_t bytes = 0;
  EXPECT_EQ(metasolve_grid_solver_workspace_bytes(executor, &grid, &options, &setup, &bytes), METASOLVE_CODE_OK);
  EXPECT_EQ(bytes, Solver::workspace_bytes(Executor::cpu(2), same, same_options, {count}));

  tasks.guess = {guess.data(), unknowns, 1};
  tasks.parameters = {of_tasks.data(), 1, 1};
  ASSERT_EQ(metasolve_grid_solver_solve(solver, &tasks, &stopping, &results, nullptr), METASOLVE_CODE_OK)
      << metasolve_last_error();
  auto expected = solution;
  auto expected_iterations = iterations;
  Solver::Tasks given;
  given.count = count;
  given.stencils = {stencils.data(), 0, 1};
  given.rhs = {rhs.data(), unknowns, 1};
  given.guess = {guess.data(), unknowns, 1};
  given.parameters = {of_tasks.data(), 1, 1};
  Solver::Results to;
  to.iterations = expected_iterations.data();
  to.solution = {expected.data(), unknowns, 1};
  of_class.solve(given, {1e-9, 10000}, to);
  EXPECT_EQ(solution, expected);
  EXPECT_EQ(iterations, expected_iterations);
  EXPECT_EQ(status, std::vector<std::int32_t>(count, METASOLVE_STATUS_CONVERGED));
}

TEST_F(CApiGrid, MakesTheStencilsOfTheClass) {
  Grid const same{2, {n, n, 1}, {}};
  EXPECT_EQ(stencils, diffusion_stencils({.grid = same, .conductivity = conductivity}));
  std::int32_t cells[3] = {};
  ASSERT_EQ(metasolve_grid_cells(&grid, cells), METASOLVE_CODE_OK);
  EXPECT_EQ(std::vector<std::int32_t>(cells, cells + 3), (std::vector<std::int32_t>{16, 16, 1}));
  double stencil[14] = {};
  ASSERT_EQ(metasolve_grid_poisson_stencil(27, stencil), METASOLVE_CODE_OK);
  EXPECT_EQ(std::vector<double>(stencil, stencil + 14), poisson_stencil(27));
  ASSERT_EQ(metasolve_grid_rotated_diffusion_stencil(0.01, 0.3, stencil), METASOLVE_CODE_OK);
  auto const expected = rotated_diffusion_stencil(0.01, 0.3);
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), stencil));
}

TEST_F(CApiGrid, SaysWhatIsWrong) {
  expect_error(metasolve_grid_solver_create(executor, nullptr, &options, &setup, &solver), "grid");
  grid.points[0] = 24;
  expect_error(create(), "cannot be halved");
  grid.points[0] = n;
  options.smoother = 10;
  expect_error(create(), "options.smoother is 10");
  options.smoother = METASOLVE_GRID_SMOOTHER_COLORS;
  options.parameter_count = 1;
  expect_error(create(), "parameters");
  options.parameter_count = 0;
  options.cycle = METASOLVE_GRID_CYCLE_F;
  expect_error(create(), "symmetric cycle");
  EXPECT_EQ(solver, nullptr);
  options.cycle = METASOLVE_GRID_CYCLE_V;
  ASSERT_EQ(create(), METASOLVE_CODE_OK) << metasolve_last_error();
  tasks.stencils.data = nullptr;
  expect_error(metasolve_grid_solver_solve(solver, &tasks, &stopping, &results, nullptr), "stencils is null");
  expect_error(metasolve_grid_poisson_stencil(6, stencils.data()), "given 6 points, expected 5, 9, 7 or 27");
  expect_error(metasolve_grid_rotated_diffusion_stencil(0, 0, stencils.data()), "epsilon");
  EXPECT_EQ(metasolve_grid_solver_unknowns(nullptr), 0);
  EXPECT_EQ(metasolve_grid_solver_levels(nullptr), 0);
  EXPECT_EQ(metasolve_grid_solver_default_parameters(nullptr), nullptr);
}

}  // namespace
}  // namespace metasolve::c_api_grid_test
