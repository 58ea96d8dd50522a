// SPDX-License-Identifier: Apache-2.0
#include "src/engine/make_learner.hpp"

#include "src/exec/compiled.hpp"

namespace metasolve::engine {

namespace {
Factory factory(Executor const& executor) { return exec::functions_for<Factory>(executor.backend()); }
}  // namespace

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks) {
  return factory(executor).learner(executor, options, tasks);
}
std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& options, Tasks const& tasks) {
  return factory(executor).evaluator(executor, options, tasks);
}

}  // namespace metasolve::engine
