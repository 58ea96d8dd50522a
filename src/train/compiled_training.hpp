// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/api/compiled_problem.hpp"
#include "metasolve/detail/problems/bind_rows.hpp"

/// Training code compiled for a program's own problem, in addition to that for solving (api/compiled_problem.hpp).
namespace metasolve::api {

template <kernels::Problem P>
using TrainingFunctions = engine::ProblemFunctions<P, true, true>;

template <kernels::Problem P>
std::map<std::string_view, TrainingFunctions<P>>& compiled_trainings() {
  static std::map<std::string_view, TrainingFunctions<P>> all;
  return all;
}

/// Also registers P by its name.
template <class Exec, kernels::Problem P>
bool compile_for_training() {
  compiled_trainings<P>()[Exec::executor_name] = TrainingFunctions<P>::template on<Exec>();
  auto description = problems::described<P>();
  description.bind = [](exec::Backend& exec, engine::Tasks const& tasks, void const* solver,
                        engine::StageLimits const& limits) {
    auto const& functions = named_in(compiled_trainings<P>(), P::name, exec.name(), "compile_training");
    return problems::bind_rows<P>(exec, functions, tasks, solver, limits);
  };
  problems::register_problem(std::move(description));
  return true;
}

/// Initialised before main in a program that uses it.
template <class Exec, kernels::Problem P>
inline bool const is_compiled_for_training = compile_for_training<Exec, P>();

}  // namespace metasolve::api
