// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/evaluator_on.hpp"
#include "src/engine/learner_on.hpp"
#include "src/engine/lm_learner_on.hpp"

namespace metasolve::engine {

/// Made<Exec, Real, Scalar>, the precisions chosen at run time.
template <class Made, class Exec, template <class, class, class> class Kind, class Tasks>
std::unique_ptr<Made> make_precise(Executor const& executor, Exec& exec, LearnerOptions const& o, Tasks const& tasks) {
  bool const wide_network = o.network_precision == Precision::double_precision;
  bool const wide_solver = o.solver_precision == Precision::double_precision;
  if (wide_network && wide_solver) return std::make_unique<Kind<Exec, double, double>>(executor, exec, o, tasks);
  if (wide_network) return std::make_unique<Kind<Exec, double, float>>(executor, exec, o, tasks);
  if (wide_solver) return std::make_unique<Kind<Exec, float, double>>(executor, exec, o, tasks);
  return std::make_unique<Kind<Exec, float, float>>(executor, exec, o, tasks);
}

template <class Exec>
std::unique_ptr<Learner> make_learner_on(Executor const& executor, LearnerOptions const& o, LearnerTasks const& tasks) {
  auto& exec = dynamic_cast<Exec&>(executor.backend());
  if (o.optimizer == Optimizer::levenberg_marquardt) {
    return std::make_unique<LmLearnerOn<Exec>>(executor, exec, o, tasks);
  }
  return make_precise<Learner, Exec, LearnerOn>(executor, exec, o, tasks);
}

template <class Exec>
std::unique_ptr<Evaluator> make_evaluator_on(Executor const& executor, LearnerOptions const& o, Tasks const& tasks) {
  return make_precise<Evaluator, Exec, EvaluatorOn>(executor, dynamic_cast<Exec&>(executor.backend()), o, tasks);
}

template <class Exec>
Factory Factory::on() {
  return {make_learner_on<Exec>, make_evaluator_on<Exec>};
}

}  // namespace metasolve::engine
