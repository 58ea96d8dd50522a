// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/protocol.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/io/text.hpp"

namespace metasolve::programs {

std::string limit_name(BlackBoxCost cost) { return cost == BlackBoxCost::seconds ? "max_seconds" : "max_iterations"; }

std::string limit_word(BlackBoxCost cost, Probes const& batch) {
  return io::shortest(cost == BlackBoxCost::seconds ? batch.max_iterations * 1e-6 : batch.max_iterations);
}

std::vector<std::string> task_names(ProgramSettings const& settings) {
  auto names = settings.columns;
  for (auto const& parameter : settings.parameters) names.push_back(parameter.name);
  return names;
}

std::string task_word(ProgramSettings const& settings, Probes const& batch, std::int64_t t, std::size_t i) {
  auto const columns = settings.columns.size(), parameters = settings.parameters.size();
  auto const task = static_cast<std::size_t>(t);
  if (i < columns) return io::shortest(batch.tasks[task * columns + i]);
  auto const& parameter = settings.parameters[i - columns];
  double const value = batch.theta[task * parameters + i - columns];
  if (parameter.kind == ParameterKind::integer) return io::shortest(std::round(value));
  if (parameter.kind != ParameterKind::choice) return io::shortest(value);
  auto const last = static_cast<double>(parameter.options.size() - 1);
  return parameter.options[static_cast<std::size_t>(std::clamp(std::round(value), 0.0, last))];
}

}  // namespace metasolve::programs
