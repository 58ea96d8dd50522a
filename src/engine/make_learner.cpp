// SPDX-License-Identifier: Apache-2.0
#include "src/engine/make_learner.hpp"

namespace metasolve::engine {

namespace {
Factory factory(Executor const& executor) {
  return executor.kind() == DeviceKind::cpu ? cpu_factory() : cuda_factory();
}
}  // namespace

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks) {
  return factory(executor).learner(executor, options, tasks);
}
std::unique_ptr<Evaluator> make_evaluator(Executor const& executor, LearnerOptions const& options,
                                          problems::AnyTasks const& tasks) {
  return factory(executor).evaluator(executor, options, tasks);
}

}  // namespace metasolve::engine
