// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/alternatives.hpp"

#include "metasolve/detail/config/values.hpp"
#include "metasolve/detail/problems/registry.hpp"

namespace metasolve::train {

std::optional<TunedConstant> best_known_constant(Executor const& executor, Checkpoint const& c, ConstantSearch search) {
  auto const& problem = problems::problem_of(c.config);
  auto const* const parameter = problem.tuned_in(c.config);
  if (parameter == nullptr) return std::nullopt;
  auto const own = parameter->own ? parameter->own(c.config) : std::nullopt;
  std::vector<double> known;
  if (own) known.push_back(*own);
  if (c.constants.is_tuned) known.push_back(c.constants.value);
  TunedConstant found;
  auto const validation = search == ConstantSearch::none || problem.has_costly_tasks()
                              ? engine::Tasks{}
                              : problem.tasks(c.config).validation;
  if (validation.count > 0) {
    found.search = fastest_constant(executor, c.config, *parameter, validation, known);
    found.value = found.search->best.value;
  } else if (c.constants.is_tuned) {
    found.value = c.constants.value;
  } else {
    return std::nullopt;
  }
  found.name = parameter->name + " " + config::real_text(found.value);
  found.is_own = own == found.value;
  return found;
}

Alternatives alternatives_to(Executor const& executor, Checkpoint const& c, engine::LearnerOptions const& options,
                             engine::Tasks const& test, ConstantSearch search) {
  Alternatives all;
  all.constant = best_known_constant(executor, c, search);
  if (all.constant && !all.constant->is_own) {
    all.tuned = engine::make_evaluator(executor, options,
                                       with_parameter(test, all.constant->value, engine::ParameterOrigin::predicted));
  }
  if (auto const direct = problems::problem_of(c.config).direct(c.config)) {
    all.direct = engine::make_evaluator(executor, options, direct->tasks);
    all.direct_name = direct->name;
  }
  return all;
}

}  // namespace metasolve::train
