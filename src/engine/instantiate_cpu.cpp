// SPDX-License-Identifier: Apache-2.0
#include "src/engine/learner_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::engine {

std::unique_ptr<Learner> make_learner_cpu(exec::Backend& backend, LearnerOptions const& options,
                                          LearnerTasks const& tasks) {
  return make_learner_on(dynamic_cast<exec::CpuExec&>(backend), options, tasks);
}

}  // namespace metasolve::engine
