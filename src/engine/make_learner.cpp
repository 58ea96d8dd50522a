// SPDX-License-Identifier: Apache-2.0
#include "src/engine/make_learner.hpp"

namespace metasolve::engine {

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks) {
  return executor.kind() == DeviceKind::cpu ? make_learner_cpu(executor, options, tasks)
                                            : make_learner_cuda(executor, options, tasks);
}

}  // namespace metasolve::engine
