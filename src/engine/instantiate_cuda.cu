// SPDX-License-Identifier: Apache-2.0
#include "src/engine/learner_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::engine {

std::unique_ptr<Learner> make_learner_cuda(exec::Backend& backend, LearnerOptions const& options,
                                           LearnerTasks const& tasks) {
  return make_learner_on(dynamic_cast<exec::CudaExec&>(backend), options, tasks);
}

}  // namespace metasolve::engine
