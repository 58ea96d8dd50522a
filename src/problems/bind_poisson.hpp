// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "kernels/operators/poisson_stencil.hpp"
#include "src/engine/solve_stage.hpp"
#include "src/problems/poisson.hpp"
#include "src/sparse/sparse_pattern.hpp"

namespace metasolve::problems {

/// Poisson tasks in an executor's memory.
template <class Scalar>
struct PoissonData {
  exec::Buffer<Scalar> force, solution, values;
  std::unique_ptr<sparse::SparsePattern> pattern;
};

/// The pattern of tridiag(-1, 2, -1), and its values.
struct TridiagonalCsr {
  std::vector<std::int32_t> row_begin{0}, column;
  std::vector<double> values;
  explicit TridiagonalCsr(int unknowns) {
    for (int i = 0; i < unknowns; ++i) {
      for (int j = std::max(0, i - 1); j <= std::min(unknowns - 1, i + 1); ++j) {
        column.push_back(j);
        values.push_back(i == j ? 2 : -1);
      }
      row_begin.push_back(static_cast<std::int32_t>(column.size()));
    }
  }
};

/// Uploads the tasks, a part at a time so that the host never holds all of them, and binds Jacobi to them.
/// The features are f.
template <class Exec, class Scalar>
engine::TaskGroup<Scalar> bind_tasks(Exec& exec, PoissonTasks const& tasks, engine::StageLimits const& limits) {
  std::int64_t const n = tasks.unknowns;
  bool const known = tasks.measure == kernels::Measure::relative_error;
  auto data = std::make_shared<PoissonData<Scalar>>();
  data->force = exec::Buffer<Scalar>(exec, tasks.count * n);
  if (known) data->solution = exec::Buffer<Scalar>(exec, tasks.count * n);
  engine::TaskGroup<Scalar> group;
  group.count = tasks.count;
  group.features = {data->force.data(), n, 1};

  std::int64_t const part = std::min<std::int64_t>(tasks.count, std::max<std::int64_t>(1, 65536 / n));
  if (!exec.planning()) {
    auto const size = static_cast<std::size_t>(part * n);
    std::vector<double> force(size), solution(size);
    std::vector<Scalar> converted(size);
    for (std::int64_t first = 0; first < tasks.count; first += part) {
      std::int64_t const here = std::min(part, tasks.count - first);
      tasks.fill(first, here, force.data(), solution.data());
      std::copy_n(force.begin(), here * n, converted.begin());
      data->force.upload(converted.data(), here * n, first * n);
      if (!known) continue;
      std::copy_n(solution.begin(), here * n, converted.begin());
      data->solution.upload(converted.data(), here * n, first * n);
    }
  }

  auto const place = [&](auto matrix) {
    using Solver = kernels::Jacobi<decltype(matrix)>;
    Solver const solver{.matrix = matrix,
                        .measure_kind = tasks.measure,
                        .force = {data->force.data(), n, 1},
                        .solution = {data->solution.data(), n, 1}};
    group.solver = std::make_unique<engine::SolveStageOn<Exec, Solver>>(exec, solver, limits);
  };
  if (tasks.format == MatrixFormat::stencil) {
    place(kernels::PoissonStencil<Scalar>{tasks.unknowns});
  } else {
    TridiagonalCsr const csr(tasks.unknowns);
    data->pattern = std::make_unique<sparse::SparsePattern>(exec, tasks.unknowns, csr.row_begin, csr.column);
    // One set of values for all tasks: a task stride of 0.
    data->values = exec::uploaded(exec, std::vector<Scalar>(csr.values.begin(), csr.values.end()));
    place(kernels::SharedCsr<Scalar>{tasks.unknowns, data->pattern->view(), {data->values.data(), 0, 1}});
  }
  group.data = data;
  return group;
}

}  // namespace metasolve::problems
