// SPDX-License-Identifier: Apache-2.0
#include "src/engine/make_learner.hpp"

#include "src/exec/backend.hpp"

namespace metasolve::engine {

std::unique_ptr<Learner> make_learner(Executor const& executor, LearnerOptions const& options,
                                      LearnerTasks const& tasks) {
  auto& backend = executor.backend();
  return backend.kind() == DeviceKind::cpu ? make_learner_cpu(backend, options, tasks)
                                           : make_learner_cuda(backend, options, tasks);
}

}  // namespace metasolve::engine
