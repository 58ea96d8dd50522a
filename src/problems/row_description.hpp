// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "metasolve/detail/engine/choices.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/detail/model/interface_of.hpp"
#include "metasolve/kernels/problems/problem.hpp"

/// Problems whose tasks are a few numbers each (kernels/problems/problem.hpp), as seen by library code that was not
/// compiled with them.
namespace metasolve::problems {

/// Type-erased description of a problem type P.
struct RowDescription {
  std::string name;
  std::type_index type = typeid(void);  ///< distinguishes problems of the same name
  int columns = 0;                      ///< per row
  int outputs = 0;
  std::vector<kernels::HeadEntry> head;   ///< one entry per parameter
  std::vector<int> parameter_columns;     ///< one column per parameter
  std::vector<std::string> column_names;  ///< for messages
  model::Interface sides;                 ///< the solver's side of a network
  engine::SolverGradients gradients;
  std::string cost_name;  ///< engine::TaskKind::cost_name; empty: code that may change between two runs
  /// Returns the solver bound to tasks. solver: a P::Solver with its settings; null: default-constructed. @throws
  /// DeviceError P was not compiled for such an executor
  std::function<engine::TaskGroup<double>(exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                                          engine::StageLimits const& limits)>
      bind;
  /// Computes features [n][features] of rows [n][columns].
  std::function<void(double const* rows, std::int64_t n, double* of_rows)> features_of;
};

/// Returns the columns of rows [n][width]: all columns of P, or the first ones, from which P computes the others.
template <kernels::Problem P>
kernels::Columns<double, P::columns> columns_of_rows(double const* rows, int width) {
  if constexpr (requires { P::of_rows(rows, width); }) return P::of_rows(rows, width);
  return kernels::Columns<double, P::columns>::of_rows(rows, width);
}

/// All members but `bind`. width: of a row, at most P::columns.
template <kernels::Problem P>
RowDescription described(int width = P::columns) {
  RowDescription d;
  d.name = P::name;
  d.type = typeid(P);
  d.columns = width;
  d.outputs = P::outputs;
  d.gradients = {kernels::OneParameterSolver<typename P::Solver>, kernels::Solver<typename P::Solver>,
                 kernels::DualSolver<typename P::Solver>};
  auto const head = P::head();
  d.head.assign(head.begin(), head.end());
  for (int p = 0; p < P::parameters; ++p) d.parameter_columns.push_back(P::parameter_column(p));
  for (int c = 0; c < P::columns; ++c) d.column_names.push_back(model::column_name<P>(c));
  d.sides = model::interface_of<P>();
  d.features_of = [width](double const* rows, std::int64_t n, double* features) {
    kernels::ProblemFeatures<P> const body{columns_of_rows<P>(rows, width), features};
    for (std::int64_t t = 0; t < n; ++t) body.template operator()<double>(0, t);
  };
  return d;
}

/// Tasks of such a problem. solver: as for RowDescription::bind; fill: as in engine::Tasks.
engine::Tasks row_tasks(std::shared_ptr<RowDescription const> problem, std::shared_ptr<void const> solver,
                        std::int64_t count, std::function<void(std::int64_t, std::int64_t, double*)> fill);

/// Registers a program's problem by its name in this process. The first of a name is kept. Thread-safe.
void register_problem(RowDescription description);

}  // namespace metasolve::problems
