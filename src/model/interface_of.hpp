// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/model/model.hpp"
#include "metasolve/kernels/problems/problem.hpp"

/// The solver's side of a network, derived from a problem's type.
namespace metasolve::model {

/// P's names of its columns and features; where P has none, their numbers.
template <kernels::ForwardProblem P>
std::string column_name(int c) {
  if constexpr (requires { P::column_name(c); }) return P::column_name(c);
  return "column " + std::to_string(c);
}
template <kernels::ForwardProblem P>
std::string feature_name(int f) {
  if constexpr (requires { P::feature_name(f); }) return P::feature_name(f);
  return "feature " + std::to_string(f);
}

/// One parameter of a head, for display.
inline Parameter parameter_of(std::string name, kernels::HeadEntry const& entry) {
  Parameter p{.name = std::move(name), .unit = {}, .without = "the task's own"};
  if (!entry.is_bounded()) return p;
  p.low = lowest_of(entry);
  p.high = entry.high;
  return p;
}

/// The features of an arbitrary task whose columns are positive and distinct.
template <kernels::ForwardProblem P>
std::vector<double> probe_of() {
  double row[P::columns];
  for (int c = 0; c < P::columns; ++c) row[c] = 0.5 + 0.1 * (c % 7) + 0.0137 * c;
  std::vector<double> features(static_cast<std::size_t>(P::features));
  kernels::ProblemFeatures<P> const body{kernels::Columns<double, P::columns>::of_rows(row, P::columns),
                                         features.data()};
  body.template operator()<double>(0, 0);
  return features;
}

template <kernels::ForwardProblem P>
Interface interface_of() {
  Interface sides;
  sides.problem = P::name;
  auto const head = P::head();
  sides.head.assign(head.begin(), head.end());
  for (int f = 0; f < P::features; ++f) sides.features.push_back({feature_name<P>(f)});
  for (int p = 0; p < P::parameters; ++p) {
    sides.parameters.push_back(parameter_of(column_name<P>(P::parameter_column(p)), head[static_cast<std::size_t>(p)]));
  }
  sides.probe = probe_of<P>();
  return sides;
}

}  // namespace metasolve::model
