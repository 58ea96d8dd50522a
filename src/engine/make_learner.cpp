// SPDX-License-Identifier: Apache-2.0
#include "src/engine/make_learner.hpp"

#include "src/exec/compiled.hpp"

namespace metasolve::engine {

namespace {
Factory factory(Executor const& executor) { return exec::functions_for<Factory>(executor.kind()); }
}  // namespace

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks) {
  return factory(executor).learner(executor, options, tasks);
}
std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& options,
                                          problems::AnyTasks const& tasks) {
  return factory(executor).evaluator(executor, options, tasks);
}
TaskGroup<double> make_group(Executor const& executor, problems::AnyTasks const& tasks, StageLimits const& limits) {
  return factory(executor).group(executor, tasks, limits);
}
TaskGroup<float> make_float_group(Executor const& executor, problems::AnyTasks const& tasks,
                                  StageLimits const& limits) {
  return factory(executor).float_group(executor, tasks, limits);
}

}  // namespace metasolve::engine
