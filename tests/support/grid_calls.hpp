// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "metasolve/grid_solver.hpp"
#include "metasolve/grid_stencils.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/dense_matrix.hpp"

/// Batches of systems on a grid, and what they are as dense matrices.
namespace metasolve::test {

inline Grid grid_of(std::array<int, 3> points, std::array<std::array<GridSide, 2>, 3> sides = {}) {
  return {points[2] > 1 ? 3 : 2, points, sides};
}

/// Of the entries of a half stencil, along x, y and z.
inline std::vector<std::array<int, 3>> stencil_offsets(int dimensions) {
  std::vector<std::array<int, 3>> offsets{{0, 0, 0}, {1, 0, 0}, {-1, 1, 0}, {0, 1, 0}, {1, 1, 0}};
  for (int y = -1; y <= 1 && dimensions == 3; ++y) {
    for (int x = -1; x <= 1; ++x) offsets.push_back({x, y, 1});
  }
  return offsets;
}

/// [points][points] of stencils [entries], or [entries][points].
template <class Real>
std::vector<double> dense_of(Grid const& grid, Real const* stencils, bool is_constant) {
  auto const points = static_cast<std::size_t>(grid.unknowns());
  std::vector<double> a(points * points);
  auto const offsets = stencil_offsets(grid.dimensions);
  std::size_t p = 0;
  for (int z = 0; z < grid.points[2]; ++z) {
    for (int y = 0; y < grid.points[1]; ++y) {
      for (int x = 0; x < grid.points[0]; ++x, ++p) {
        for (std::size_t e = 0; e < offsets.size(); ++e) {
          std::array<int, 3> to{x + offsets[e][0], y + offsets[e][1], z + offsets[e][2]};
          bool exists = true;
          for (std::size_t d = 0; d < 3; ++d) {
            int const n = grid.points[d];
            if (grid.sides[d][0] == GridSide::periodic) to[d] = (to[d] + n) % n;
            exists = exists && to[d] >= 0 && to[d] < n;
          }
          if (!exists) continue;
          auto const q = static_cast<std::size_t>(to[0] + grid.points[0] * (to[1] + grid.points[1] * to[2]));
          double const value = static_cast<double>(is_constant ? stencils[e] : stencils[e * points + p]);
          a[p * points + q] += value;
          if (e > 0) a[q * points + p] += value;
        }
      }
    }
  }
  return a;
}

/// The solution of A u = f; 0 where a row is 0. is_singular: constants are the null space of the other rows, f and u
/// have no mean there.
inline std::vector<double> dense_solution(std::vector<double> a, std::vector<double> f, bool is_singular) {
  std::size_t const n = f.size();
  double mean = 0;
  for (std::size_t i = 0; i < n; ++i) mean += f[i] / static_cast<double>(n);
  double const scale = a[0];
  for (std::size_t i = 0; i < n; ++i) {
    if (is_singular) {
      f[i] -= mean;
      for (std::size_t j = 0; j < n; ++j) a[i * n + j] += scale;
    }
    if (a[i * n + i] == 0) a[i * n + i] = 1, f[i] = 0;
  }
  DenseMatrix matrix(static_cast<int>(n), static_cast<int>(n));
  matrix.a = std::move(a);
  return solve_dense(std::move(matrix), std::move(f));
}

/// Diffusion with random conductivities from 0.1 to 10, or a random direction of strong coupling if the operators are
/// constant, and a term c u where all sides would leave constants in the null space.
template <class Real>
struct GridTasks {
  Grid grid;
  bool is_constant, is_singular = false;
  std::int64_t count;
  std::size_t numbers, points;
  std::vector<Real> stencils, rhs;

  GridTasks(Grid const& of, bool constant, std::int64_t tasks, GridScheme scheme = GridScheme::elements,
            bool singular = false, std::vector<std::uint8_t> const& obstacle = {}, unsigned seed = 1)
      : grid(of),
        is_constant(constant),
        is_singular(singular),
        count(tasks),
        points(static_cast<std::size_t>(of.unknowns())) {
    numbers = static_cast<std::size_t>(of.entries()) * (constant ? 1 : points);
    std::mt19937 random(seed);
    auto const uniform = [&] { return static_cast<double>(random()) / 4294967296.0; };
    auto const cells = cells_of(grid);
    std::vector<double> k(static_cast<std::size_t>(cells[0] * cells[1] * cells[2]));
    for (std::int64_t t = 0; t < count; ++t) {
      std::vector<double> a;
      if (constant && grid.dimensions == 2) {
        auto const of_angle = rotated_diffusion_stencil(std::pow(10.0, -2 * uniform()), 3.14 * uniform());
        a.assign(of_angle.begin(), of_angle.end());
      } else if (constant) {
        a = poisson_stencil(scheme == GridScheme::elements ? 27 : 7);
        for (std::size_t e = 1; e < a.size(); ++e) a[e] *= 1 - 0.5 * uniform();  // diagonally dominant
      } else {
        for (auto& of_cell : k) of_cell = std::pow(10.0, 2 * uniform() - 1);
        a = diffusion_stencils({.grid = grid, .conductivity = k, .scheme = scheme, .obstacle = obstacle});
      }
      if (!singular) {
        for (std::size_t i = 0; i < numbers / static_cast<std::size_t>(of.entries()); ++i) {
          if (a[i] != 0) a[i] += 0.01;
        }
      }
      for (double const value : a) stencils.push_back(static_cast<Real>(value));
      for (std::size_t i = 0; i < points; ++i) rhs.push_back(static_cast<Real>(uniform() - 0.3));
    }
  }
  /// ||u - A^-1 f|| / ||A^-1 f|| of task t.
  [[nodiscard]] double error(std::int64_t t, Real const* u) const {
    auto const at = static_cast<std::size_t>(t);
    auto const* const f = &rhs[at * points];
    auto const exact =
        dense_solution(dense_of(grid, &stencils[at * numbers], is_constant), {f, f + points}, is_singular);
    double mean = 0, off = 0, size = 0;
    for (std::size_t i = 0; is_singular && i < points; ++i)
      mean += static_cast<double>(u[i]) / static_cast<double>(points);
    for (std::size_t i = 0; i < points; ++i) {
      double const d = static_cast<double>(u[i]) - mean - exact[i];
      off += d * d, size += exact[i] * exact[i];
    }
    return std::sqrt(off / size);
  }
};

/// Calls of GridSolver on each executor.
class GridCalls : public CallerMemory {
 protected:
  template <class Real>
  struct Outcome {
    std::vector<std::int32_t> status, iterations;
    std::vector<Real> measure, solution;
  };

  template <class Real>
  typename GridSolver<Real>::Tasks tasks(GridTasks<Real> const& of) {
    typename GridSolver<Real>::Tasks t;
    t.count = of.count;
    t.stencils = {place(of.stencils), static_cast<std::int64_t>(of.numbers), 1};
    t.rhs = {place(of.rhs), static_cast<std::int64_t>(of.points), 1};
    return t;
  }
  template <class Real>
  Outcome<Real> solve(GridSolver<Real>& solver, typename GridSolver<Real>::Tasks const& tasks,
                      Stopping<Real> const& stopping, Policy const& policy = {}) {
    auto const count = static_cast<std::size_t>(tasks.count), width = static_cast<std::size_t>(solver.unknowns());
    auto* const status = place(std::vector<std::int32_t>(count, -1));
    auto* const iterations = place(std::vector<std::int32_t>(count, -1));
    auto* const measure = place(std::vector<Real>(count, -1));
    auto* const solution = place(std::vector<Real>(count * width, -7));
    Results<Real> results;
    results.status = status;
    results.iterations = iterations;
    results.measure = measure;
    results.solution = {solution, solver.unknowns(), 1};
    solver.solve(tasks, stopping, results, policy);
    return {fetch(status, count), fetch(iterations, count), fetch(measure, count), fetch(solution, count * width)};
  }
  template <class Real>
  void expect_solved(GridSolver<Real>& solver, GridTasks<Real> const& of, double tolerance, double error,
                     int most_iterations) {
    auto const done = solve(solver, tasks(of), {static_cast<Real>(tolerance), most_iterations});
    for (std::int64_t t = 0; t < of.count; ++t) {
      auto const i = static_cast<std::size_t>(t);
      EXPECT_EQ(done.status[i], static_cast<int>(Status::converged)) << "task " << t << ": " << done.measure[i];
      EXPECT_TRUE(done.measure[i] <= static_cast<Real>(tolerance));
      double const is = of.error(t, &done.solution[i * of.points]);
      EXPECT_TRUE(is <= error) << "task " << t << ": " << is;
    }
  }
};

inline std::vector<std::int32_t> all_status(Status status, std::int64_t count) {
  return std::vector<std::int32_t>(static_cast<std::size_t>(count), static_cast<std::int32_t>(status));
}

}  // namespace metasolve::test
