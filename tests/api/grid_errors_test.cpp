// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <limits>

#include "metasolve/error.hpp"
#include "metasolve/grid_solver.hpp"
#include "tests/support/expect_message.hpp"

/// What GridSolver rejects: each message names the option or argument, and the remedy.
namespace metasolve::grid_errors_test {
namespace {

using Solver = GridSolver<double>;
constexpr auto D = GridSide::dirichlet, N = GridSide::neumann, P = GridSide::periodic;

struct GridErrors : testing::Test {
  Executor const executor = Executor::cpu(1);
  Grid const square{2, {7, 7, 1}, {}};

  void rejects(Grid const& grid, Solver::Options const& options, std::initializer_list<std::string> parts) const {
    test::expect_message<InputError>([&] { Solver(executor, grid, options, {1}); }, parts);
    test::expect_message<InputError>([&] { Solver::workspace_bytes(executor, grid, options, {1}); }, parts);
  }
};

TEST_F(GridErrors, NameWhatIsWrongWithAGrid) {
  rejects({4, {7, 7, 1}, {}}, {}, {"grid: given 4 dimensions", "2 or 3"});
  rejects({2, {7, 0, 1}, {}}, {}, {"0 points along y", "at least 1"});
  rejects({2, {7, 7, 7}, {}}, {}, {"7 points along z", "1 in two dimensions"});
  rejects({2, {1 << 15, 1 << 15, 1}, {}}, {}, {"too many"});
  rejects({2, {24, 24, 1}, {}}, {}, {"24 x 24", "cannot be halved", "m 2^k - 1", "without multigrid"});
  rejects({2, {7, 7, 1}, {{{P, D}, {D, D}}}}, {}, {"only one end of x is periodic"});
  rejects({2, {7, 7, 1}, {{{static_cast<GridSide>(5), D}, {D, D}}}}, {}, {"grid.sides is 5", "0 to 2"});
}

TEST_F(GridErrors, NameWhatIsWrongWithAnOption) {
  using Smoother = Solver::Smoother;
  rejects(square, {.method = static_cast<Solver::Method>(2)}, {"options.method is 2"});
  rejects(square, {.smoother = static_cast<Smoother>(-1)}, {"options.smoother is -1"});
  rejects(square, {.cycle = static_cast<Solver::Cycle>(3)}, {"options.cycle is 3"});
  rejects(square, {.transfer = static_cast<Solver::Transfer>(2)}, {"options.transfer is 2"});
  rejects(square, {.smoother = Smoother::chebyshev, .degree = 13}, {"degree 13", "1 to 12"});
  rejects(square, {.smoother = Smoother::zebra_z}, {"along z", "two dimensions"});
  rejects({3, {3, 3, 3}, {}}, {.smoother = Smoother::line_and_stencil}, {"line-and-stencil", "two dimensions"});
  rejects({2, {9, 9, 1}, {{{P, P}, {P, P}}}}, {.one_level = true}, {"even number of points along a periodic axis"});
  rejects(square, {.constant_stencils = true, .transfer = Solver::Transfer::by_operator},
          {"transfer: by the operator"});
  rejects(square, {.before = 0, .after = 0}, {"0 and 0 sweeps", "1 to 100"});
  rejects(square, {.cycle = Solver::Cycle::f}, {"symmetric cycle", "F(1, 1)", "options.method to iteration"});
  rejects(square, {.before = 2, .after = 1}, {"symmetric cycle", "V(2, 1)"});
  rejects({2, {9, 9, 1}, {{{N, N}, {N, N}}}}, {.constant_stencils = true}, {"Neumann side of x", "for each point"});
  rejects(square, {.is_singular = true}, {"options.is_singular", "x has a Dirichlet side"});
  std::vector<double> const two{1, 1}, none{std::numeric_limits<double>::infinity()};
  rejects(square, {.parameters = two}, {"options.parameters has 2 numbers, expected 1"});
  rejects(square, {.parameters = none}, {"options.parameters[0] is not finite"});
  test::expect_message<InputError>([&] { Solver(executor, square, {}, {0}); }, {"capacity"});
}

TEST_F(GridErrors, NameWhatIsWrongWithATask) {
  Solver solver(executor, square, {.constant_stencils = true}, {2});
  std::vector<double> const numbers(200, 1.0);
  std::vector<double> solution(98);
  auto const rejects_tasks = [&](auto&& edit, std::initializer_list<std::string> parts) {
    Solver::Tasks tasks;
    tasks.count = 2;
    tasks.stencils = {numbers.data(), 5, 1};
    tasks.rhs = {numbers.data(), 49, 1};
    Results<double> results;
    results.solution = {solution.data(), 49, 1};
    edit(tasks, results);
    test::expect_message<InputError>([&] { solver.solve(tasks, {}, results); }, parts);
  };
  rejects_tasks([](auto& t, auto&) { t.count = 3; }, {"3", "capacity"});
  rejects_tasks([](auto& t, auto&) { t.stencils.data = nullptr; }, {"tasks.stencils is null"});
  rejects_tasks([](auto& t, auto&) { t.stencils.item_stride = 2; }, {"tasks.stencils", "contiguous", "item_stride 2"});
  rejects_tasks([](auto& t, auto&) { t.rhs.data = nullptr; }, {"tasks.rhs is null"});
  rejects_tasks([&](auto& t, auto&) { t.rhs.data = solution.data(); }, {"tasks.rhs", "results.solution"});
}

}  // namespace
}  // namespace metasolve::grid_errors_test
