// SPDX-License-Identifier: Apache-2.0
//
// Heat that flows through many plates, each of materials of its own with a hole in the middle: -div(k grad u) = 1 with
// conductivities that jump from cell to cell, u = 0 on the left and right sides, and none through the others.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <metasolve/error.hpp>
#include <metasolve/grid_solver.hpp>
#include <metasolve/grid_stencils.hpp>
#include <vector>

using Solver = metasolve::GridSolver<double>;

int main() try {
  constexpr int nx = 31, ny = 33, count = 50;
  using Side = metasolve::GridSide;
  metasolve::Grid const grid{
      2, {nx, ny, 1}, {{{Side::dirichlet, Side::dirichlet}, {Side::neumann, Side::neumann}, {}}}};
  auto const cells = metasolve::cells_of(grid);  // 32 x 32
  std::vector<double> stencils, rhs;
  for (int t = 0; t < count; ++t) {
    std::vector<double> k;
    for (int y = 0; y < cells[1]; ++y) {
      for (int x = 0; x < cells[0]; ++x) {
        bool const is_hole = x >= 12 && x < 20 && y >= 12 && y < 20;
        bool const is_metal = std::sin(0.3 * x * (1 + t % 7)) * std::cos(0.2 * y + t) > 0;
        k.push_back(is_hole ? 0.0 : is_metal ? 100.0 : 1.0);
      }
    }
    auto const of_task =
        metasolve::diffusion_stencils({.grid = grid, .conductivity = k, .scheme = metasolve::GridScheme::elements});
    stencils.insert(stencils.end(), of_task.begin(), of_task.end());
    for (int y = 0; y < ny; ++y) {  // the source times the share of each point
      for (int x = 0; x < nx; ++x) rhs.push_back(y == 0 || y == ny - 1 ? 0.5 : 1.0);
    }
  }

  auto const executor = metasolve::Executor::cpu();
  Solver solver(executor, grid, {.transfer = Solver::Transfer::by_operator}, {.capacity = count});
  Solver::Tasks tasks;
  tasks.count = count;
  tasks.stencils = {stencils.data(), solver.numbers(), 1};
  tasks.rhs = {rhs.data(), solver.unknowns(), 1};
  std::vector<double> solution(rhs.size());
  std::vector<std::int32_t> status(count), iterations(count);
  metasolve::Results<double> results;
  results.status = status.data();
  results.iterations = iterations.data();
  results.solution = {solution.data(), solver.unknowns(), 1};
  solver.solve(tasks, {.tolerance = 1e-8}, results);
  executor.synchronize();

  int solved = 0, most = 0;
  double hottest = 0;
  for (std::size_t t = 0; t < count; ++t) {
    solved += status[t] == static_cast<int>(metasolve::Status::converged);
    most = iterations[t] > most ? iterations[t] : most;
  }
  for (double const u : solution) hottest = std::fmax(hottest, u);
  double const in_the_hole = solution[16 * nx + 15];
  std::printf("%d of %d plates solved on %d grids, in at most %d iterations; hottest %.1f\n", solved, count,
              solver.levels(), most, hottest);
  return solved == count && in_the_hole == 0.0 && hottest > 0 ? 0 : 1;
} catch (metasolve::Error const& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
