// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "metasolve/error.hpp"
#include "src/engine/fused_problem.hpp"
#include "src/engine/solve_stage.hpp"

namespace metasolve::problems {

/// Tasks of a problem as rows of numbers on the host, made on demand in any order.
template <kernels::Problem P>
struct ProblemRows {
  using Columns = kernels::Columns<double, P::columns>;
  std::int64_t count = 0;
  int width = 0;  ///< numbers of a row
  /// Rows first ... first + n - 1, [n][width].
  std::function<void(std::int64_t first, std::int64_t n, double* rows)> fill;
  Columns (*columns_of)(double const* rows) = nullptr;  ///< the tasks of rows [count][width]
  bool gathers_parameters = false;  ///< default parameters get memory of their own: their columns are not neighbours
};

/// Rows, features and, where they are gathered, default parameters [tasks][P::parameters] in an executor's memory.
struct ProblemData {
  exec::Buffer<double> rows, features, parameters;
};

/// Whether each parameter's column stands next to the one before.
template <kernels::Problem P>
constexpr bool parameters_are_neighbours() {
  for (int p = 1; p < P::parameters; ++p) {
    if (P::parameter_column(p) != P::parameter_column(0) + p) return false;
  }
  return true;
}

/// Uploads the rows, a part at a time so that the host never holds all of them, and binds the problem's solver to them.
/// Default parameters: the rows' own.
template <class Exec, kernels::Problem P>
engine::TaskGroup<double> bind_problem(Exec& exec, ProblemRows<P> const& tasks, typename P::Solver solver,
                                       engine::StageLimits const& limits) {
  using Features = kernels::ProblemFeatures<P>;
  auto data = std::make_shared<ProblemData>();
  data->rows = exec::Buffer<double>(exec, tasks.count * tasks.width);
  data->features = exec::Buffer<double>(exec, tasks.count * Features::width);
  if (tasks.gathers_parameters) data->parameters = exec::Buffer<double>(exec, tasks.count * P::parameters);
  auto const columns = tasks.columns_of(data->rows.data());
  if (!exec.planning()) {
    std::int64_t const part = std::min<std::int64_t>(tasks.count, 65536);
    std::vector<double> host(static_cast<std::size_t>(part * tasks.width));
    for (std::int64_t first = 0; first < tasks.count; first += part) {
      std::int64_t const here = std::min(part, tasks.count - first);
      tasks.fill(first, here, host.data());
      data->rows.upload(host.data(), here * tasks.width, first * tasks.width);
    }
    exec.launch(1, tasks.count, Features{columns, data->features.data()});
    if (tasks.gathers_parameters) {
      exec.launch(1, tasks.count, kernels::DefaultParameters<P>{columns, data->parameters.data()});
    }
  }
  P::bind(solver, columns);
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = {data->features.data(), Features::width, 1};
  if (tasks.gathers_parameters) {
    group.default_parameters = {data->parameters.data(), P::parameters, 1};
  } else {
    auto const& first = columns.column[P::parameter_column(0)];
    for (int p = 0; p < P::parameters && !exec.planning(); ++p) {
      if (columns.column[P::parameter_column(p)].data != first.data + p) {
        throw Error(std::string("problem ") + P::name + ": the columns of its parameters are not neighbours");
      }
    }
    group.default_parameters = {first.data, first.stride, 1};
  }
  group.solver = std::make_unique<engine::SolveStageOn<Exec, typename P::Solver>>(exec, solver, limits);
  group.fuse = [&exec, solver, columns](network::MetaNetworkShape const& shape, std::int64_t capacity) {
    return engine::fuse<Exec, P>(exec, solver, columns, shape, capacity);
  };
  group.data = std::move(data);
  return group;
}

}  // namespace metasolve::problems
