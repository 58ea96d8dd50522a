// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "metasolve/detail/engine/problem_functions.hpp"
#include "metasolve/detail/problems/row_description.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

/// Rows, features and, if gathered, default parameters [tasks][P::parameters] in an executor's memory.
struct RowData {
  exec::Buffer<double> rows, features, parameters;
};

/// Whether the parameters' columns are contiguous.
template <kernels::Problem P>
constexpr bool parameters_are_neighbours() {
  for (int p = 1; p < P::parameters; ++p) {
    if (P::parameter_column(p) != P::parameter_column(0) + p) return false;
  }
  return true;
}

/// Uploads the rows in parts and binds the problem's solver to them. The default parameters are read from the rows, or
/// copied to separate memory if their columns are not contiguous.
template <kernels::Problem P>
engine::TaskGroup<double> bind_rows(exec::Backend& exec, engine::ProblemFunctions<P, true, true> const& functions,
                                    engine::Tasks const& tasks, void const* given_solver,
                                    engine::StageLimits const& limits) {
  using Features = kernels::ProblemFeatures<P>;
  auto const width = tasks.kind->width();
  bool const gathers = width == P::columns && !parameters_are_neighbours<P>();
  auto data = std::make_shared<RowData>();
  data->rows = exec::Buffer<double>(exec, tasks.count * width);
  data->features = exec::Buffer<double>(exec, tasks.count * Features::width);
  if (gathers) data->parameters = exec::Buffer<double>(exec, tasks.count * P::parameters);
  auto const columns = columns_of_rows<P>(data->rows.data(), static_cast<int>(width));
  if (!exec.planning()) {
    engine::for_each_part(tasks, 65536, [&](double const* rows, std::int64_t first, std::int64_t n) {
      data->rows.upload(rows, n * width, first * width);
    });
    functions.features.launch(exec, 1, tasks.count, {columns, data->features.data()});
    if (gathers) functions.default_parameters.launch(exec, 1, tasks.count, {columns, data->parameters.data()});
  }
  auto solver = given_solver != nullptr ? *static_cast<typename P::Solver const*>(given_solver) : typename P::Solver{};
  P::bind(solver, columns);
  engine::TaskGroup<double> group;
  group.count = tasks.count;
  group.features = {data->features.data(), Features::width, 1};
  if (gathers) {
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
  using Stage = engine::SolverStage<typename P::Solver, engine::ProblemConstants<P>>;
  group.solver = std::make_unique<Stage>(exec, functions.stage, solver, limits);
  if constexpr (engine::ProblemFunctions<P, true, true>::fuses) {
    group.fuse = [&exec, fused = functions.fused, solver, columns](network::MetaNetworkShape const& shape,
                                                                   std::int64_t capacity) {
      return engine::fuse<P>(exec, fused, solver, columns, shape, capacity);
    };
  }
  group.data = std::move(data);
  return group;
}

}  // namespace metasolve::problems
