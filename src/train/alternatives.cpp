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

namespace {

/// Each variant for all tasks. Without a search its parameter is the configured one.
std::vector<Alternatives::Fixed> fixed_choices(Executor const& executor, Checkpoint const& c,
                                               engine::LearnerOptions const& options, engine::Tasks const& test,
                                               ConstantSearch search) {
  std::vector<Alternatives::Fixed> all;
  auto const& problem = problems::problem_of(c.config);
  auto const choices = problem.fixed_choices(c.config);
  if (choices.empty()) return all;
  auto const kinds = test.kind->variants();
  auto const validation = search == ConstantSearch::none ? engine::Tasks{} : problem.tasks(c.config).validation;
  for (std::size_t v = 0; v < choices.size(); ++v) {
    auto const& choice = choices[v];
    auto tasks = test;
    tasks.kind = kinds.at(v);
    auto name = choice.name;
    if (choice.tuned != nullptr && validation.count > 0) {
      auto tried = validation;
      tried.kind = kinds.at(v);
      auto const found = fastest_constant(executor, c.config, *choice.tuned, tried, {});
      tasks = with_parameter(tasks, found.best.value, engine::ParameterOrigin::predicted);
      name += ", " + choice.tuned->name + " " + config::real_text(found.best.value);
    }
    all.push_back({name, choice.is_direct, engine::make_evaluator(executor, options, tasks)});
  }
  return all;
}

}  // namespace

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
  all.fixed = fixed_choices(executor, c, options, test, search);
  return all;
}

}  // namespace metasolve::train
