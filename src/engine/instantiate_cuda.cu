// SPDX-License-Identifier: Apache-2.0
#include "src/engine/learner_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::engine {

std::unique_ptr<Learner> make_learner_cuda(Executor const& executor, LearnerOptions const& options,
                                           LearnerTasks const& tasks) {
  return make_learner_on<exec::CudaExec>(executor, options, tasks);
}

}  // namespace metasolve::engine
