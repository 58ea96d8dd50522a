// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <vector>

#include "kernels/problems/problem.hpp"
#include "src/engine/tasks.hpp"

/// Problems whose tasks are a few numbers each (kernels/problems/problem.hpp), as the library sees them that was not
/// compiled with them.
namespace metasolve::problems {

/// What is known of one from its type P.
struct RowDescription {
  std::string name;
  std::type_index type = typeid(void);  ///< tells two of one name apart
  int columns = 0;                      ///< of a row
  int features = 0, outputs = 0;
  std::vector<kernels::HeadEntry> head;                  ///< a parameter each
  std::vector<int> parameter_columns;                    ///< likewise
  std::vector<std::string> column_names, feature_names;  ///< for messages
  /// The solver bound to tasks. solver: a P::Solver, with its settings; null: as it is made. @throws DeviceError P was
  /// not compiled for such an executor
  std::function<engine::TaskGroup<double>(exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                                          engine::StageLimits const& limits)>
      bind;
  /// features [n][features] of rows [n][columns].
  std::function<void(double const* rows, std::int64_t n, double* of_rows)> features_of;
};

/// For messages: what P calls its columns and features, and where it calls them nothing their numbers.
template <kernels::Problem P>
std::string column_name(int c) {
  if constexpr (requires { P::column_name(c); }) return P::column_name(c);
  return "column " + std::to_string(c);
}
template <kernels::Problem P>
std::string feature_name(int f) {
  if constexpr (requires { P::feature_name(f); }) return P::feature_name(f);
  return "feature " + std::to_string(f);
}

/// The columns of rows [n][width]: all that P has, or the first of them, from which P makes the others.
template <kernels::Problem P>
kernels::Columns<double, P::columns> columns_of_rows(double const* rows, int width) {
  if constexpr (requires { P::of_rows(rows, width); }) return P::of_rows(rows, width);
  return kernels::Columns<double, P::columns>::of_rows(rows, width);
}

/// All but `bind`. width: of a row, P::columns or fewer.
template <kernels::Problem P>
RowDescription described(int width = P::columns) {
  RowDescription d;
  d.name = P::name;
  d.type = typeid(P);
  d.columns = width;
  d.features = P::features;
  d.outputs = P::outputs;
  auto const head = P::head();
  d.head.assign(head.begin(), head.end());
  for (int p = 0; p < P::parameters; ++p) d.parameter_columns.push_back(P::parameter_column(p));
  for (int c = 0; c < P::columns; ++c) d.column_names.push_back(column_name<P>(c));
  for (int f = 0; f < P::features; ++f) d.feature_names.push_back(feature_name<P>(f));
  d.features_of = [width](double const* rows, std::int64_t n, double* features) {
    kernels::ProblemFeatures<P> const body{columns_of_rows<P>(rows, width), features};
    for (std::int64_t t = 0; t < n; ++t) body.template operator()<double>(0, t);
  };
  return d;
}

/// Tasks of such a problem. solver: as RowDescription::bind; fill: as engine::Tasks.
engine::Tasks row_tasks(std::shared_ptr<RowDescription const> problem, std::shared_ptr<void const> solver,
                        std::int64_t count, std::function<void(std::int64_t, std::int64_t, double*)> fill);

/// From now on a program's problem is known in this process by its name. The first of a name stays. Any thread.
void register_problem(RowDescription description);

}  // namespace metasolve::problems
