// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "tests/api/counted_malloc.hpp"
#include "tests/support/grid_calls.hpp"

/// What calls of GridSolver promise: bits, the start, criteria and parameters of each task, failures that stay apart,
/// and the caller's memory.
namespace metasolve::grid_calls_test {
namespace {

using test::grid_of;
using test::GridTasks;
using Solver = GridSolver<double>;
using Smoother = Solver::Smoother;

class GridCallsOn : public test::GridCalls {
 protected:
  static Grid square() { return grid_of({15, 15, 1}); }
};

TEST_P(GridCallsOn, GivesATaskTheSameBitsAloneAndInABatch) {
  for (bool const is_constant : {true, false}) {
    GridTasks<double> const of(square(), is_constant, 20);
    Solver solver(executor(), square(), {.constant_stencils = is_constant}, {20});
    auto const given = tasks(of);
    Stopping<double> const stopping{1e-6, 5};  // not all converge
    auto const together = solve(solver, given, stopping);
    for (std::int64_t t = 0; t < of.count; t += 3) {
      auto alone = given;
      alone.count = 1;
      alone.stencils.data += t * alone.stencils.task_stride;
      alone.rhs.data += t * alone.rhs.task_stride;
      auto const one = solve(solver, alone, stopping);
      auto const i = static_cast<std::size_t>(t);
      EXPECT_EQ(one.status[0], together.status[i]);
      EXPECT_EQ(one.iterations[0], together.iterations[i]);
      EXPECT_TRUE(std::equal(one.solution.begin(), one.solution.end(), together.solution.begin() + t * 225)) << t;
    }
    auto shared = given;
    shared.stencils.task_stride = 0;
    EXPECT_EQ(solve(solver, shared, stopping).iterations[0], together.iterations[0]);
  }
}

TEST_P(GridCallsOn, StartsFromAGuess) {
  GridTasks<double> const of(square(), false, 6);
  Solver solver(executor(), square(), {}, {6});
  auto given = tasks(of);
  auto const cold = solve(solver, given, {1e-8, 100});
  EXPECT_EQ(cold.status, test::all_status(Status::converged, 6));
  given.guess = {place(cold.solution), 225, 1};
  auto const warm = solve(solver, given, {1.0001e-8, 100});
  EXPECT_EQ(warm.iterations, std::vector<std::int32_t>(6, 0));
  EXPECT_EQ(warm.solution, cold.solution);
  // In the place of the guess.
  auto* const both = place(cold.solution);
  given.guess = {both, 225, 1};
  Results<double> results;
  results.solution = {both, 225, 1};
  solver.solve(given, {1e-11, 100}, results);
  auto const refined = fetch(both, 6 * 225);
  for (std::int64_t t = 0; t < 6; ++t) {
    EXPECT_TRUE(of.error(t, &refined[static_cast<std::size_t>(t) * 225]) <= 1e-8);
  }
}

TEST_P(GridCallsOn, StopsEachTaskByItsOwnCriteria) {
  GridTasks<double> of(square(), true, 4);
  for (std::size_t i = 0; i < 225; ++i) of.rhs[2 * 225 + i] = 0;
  Solver solver(executor(), square(), {.constant_stencils = true}, {4});
  std::vector<double> const tolerance{1e-2, 1e-10, 1e-6, 1e-10};
  std::vector<std::int32_t> const limit{100, 100, 100, 2};
  auto const done =
      solve(solver, tasks(of), {Column<double>(place(tolerance), 1), Column<std::int32_t>(place(limit), 1)});
  EXPECT_EQ(done.status, (std::vector<std::int32_t>{0, 0, 0, static_cast<std::int32_t>(Status::iteration_limit)}));
  EXPECT_LT(done.iterations[0], done.iterations[1]);
  EXPECT_EQ(done.iterations[2], 0);  // f = 0
  EXPECT_EQ(done.iterations[3], 2);
  for (std::size_t t = 0; t < 3; ++t) EXPECT_TRUE(done.measure[t] <= tolerance[t]);
}

TEST_P(GridCallsOn, TakesParametersOfTheOptionsOrOfEachTask) {
  GridTasks<double> const of(square(), true, 3);
  std::vector<double> const parameters{0.4, 0.5, 0.6};
  Solver solver(executor(), square(), {.constant_stencils = true, .smoother = Smoother::jacobi}, {3});
  ASSERT_EQ(solver.parameters(), 1);
  EXPECT_EQ(solver.parameter_names()[0], "damping");
  auto given = tasks(of);
  given.parameters = {place(parameters), 1, 1};
  auto const own = solve(solver, given, {1e-8, 100});
  for (std::size_t t = 0; t < 3; ++t) {
    Solver with(executor(), square(),
                {.constant_stencils = true, .smoother = Smoother::jacobi, .parameters = {&parameters[t], 1}}, {3});
    EXPECT_EQ(with.default_parameters()[0], parameters[t]);
    auto const same = solve(with, tasks(of), {1e-8, 100});
    EXPECT_EQ(same.iterations[t], own.iterations[t]);
    EXPECT_TRUE(std::equal(same.solution.begin() + static_cast<std::ptrdiff_t>(t * 225),
                           same.solution.begin() + static_cast<std::ptrdiff_t>(t * 225 + 225),
                           own.solution.begin() + static_cast<std::ptrdiff_t>(t * 225)));
  }
  // Out of range they are led back.
  given.parameters = {place(std::vector<double>{1e9}), 0, 1};
  EXPECT_EQ(solve(solver, given, {1e-8, 1000}).status, test::all_status(Status::converged, 3));
}

TEST_P(GridCallsOn, IsolatesTasksThatFail) {
  GridTasks<double> of(square(), false, 5);
  Solver solver(executor(), square(), {}, {5});
  auto const before = solve(solver, tasks(of), {1e-8, 100});
  of.rhs[1 * 225 + 7] = std::nan("");
  for (std::size_t i = 0; i < of.numbers; ++i) of.stencils[3 * of.numbers + i] *= -1;  // not positive definite
  auto const after = solve(solver, tasks(of), {1e-8, 100});
  for (std::int64_t t = 0; t < 5; ++t) {
    auto const i = static_cast<std::size_t>(t);
    auto const expected = t == 1 ? Status::not_finite : t == 3 ? Status::breakdown : Status::converged;
    EXPECT_EQ(after.status[i], static_cast<int>(expected)) << t;
    for (std::size_t k = i * 225; k < (i + 1) * 225; ++k) {
      EXPECT_EQ(after.solution[k], expected == Status::converged ? before.solution[k] : -7.0);
    }
  }
}

TEST_P(GridCallsOn, WorksInTheCallersMemoryAndReadsAnyStrides) {
  GridTasks<double> const of(square(), false, 7);
  Solver own(executor(), square(), {}, {7});
  metasolve::Setup setup;
  setup.capacity = 7;
  setup.workspace = workspace(Solver::workspace_bytes(executor(), square(), {}, setup));
  Solver placed(executor(), square(), {}, setup);
  auto given = tasks(of);
  auto const expected = solve(own, given, {1e-8, 100});
  std::vector<double> turned(of.rhs.size());
  for (std::size_t t = 0; t < 7; ++t) {
    for (std::size_t k = 0; k < 225; ++k) turned[k * 7 + t] = of.rhs[t * 225 + k];
  }
  given.rhs = BatchView<double const>::struct_of_arrays(place(turned), 7);
  auto const same = solve(placed, given, {1e-8, 100});
  EXPECT_EQ(same.solution, expected.solution);
  EXPECT_EQ(same.iterations, expected.iterations);
  setup.workspace.bytes -= 256;
  EXPECT_THROW(Solver(executor(), square(), {}, setup), InputError);
}

METASOLVE_ON_EXECUTORS(GridCallsOn);

TEST(GridCall, DoesNotAllocate) {
#if METASOLVE_COUNTS_MALLOC
  constexpr std::int64_t count = 30;
  auto const executor = Executor::cpu(2);
  auto const grid = grid_of({15, 15, 1});
  for (bool const is_constant : {true, false}) {
    GridTasks<double> const of(grid, is_constant, count);
    Solver solver(executor, grid, {.constant_stencils = is_constant}, {count});
    std::vector<double> solution(count * 225);
    std::vector<std::int32_t> status(count);
    auto const call = [&](std::int64_t now) {
      Solver::Tasks tasks;
      tasks.count = now;
      tasks.stencils = {of.stencils.data(), static_cast<std::int64_t>(of.numbers), 1};
      tasks.rhs = {of.rhs.data(), 225, 1};
      Results<double> results;
      results.status = status.data();
      results.solution = {solution.data(), 225, 1};
      solver.solve(tasks, {1e-6, 100}, results);
    };
    // OpenMP creates threads and per-thread state in its first large and small calls.
    for (std::int64_t const now : {count, std::int64_t{1}}) call(now);
    EXPECT_EQ(test::taken_by([&] {
                for (std::int64_t const now : {count, std::int64_t{0}, std::int64_t{1}, count - 1}) call(now);
              }),
              0);
    EXPECT_EQ(status, test::all_status(Status::converged, count));
  }
#else
  GTEST_SKIP() << "sanitizers have a malloc of their own";
#endif
}

}  // namespace
}  // namespace metasolve::grid_calls_test
