// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cuda_exec.cuh"
#include "src/problems/bind_ode.hpp"
#include "src/problems/bind_tasks.hpp"

namespace metasolve::problems {

METASOLVE_INSTANTIATE_BIND_TASKS(exec::CudaExec, RobertsonTasks);

}  // namespace metasolve::problems
