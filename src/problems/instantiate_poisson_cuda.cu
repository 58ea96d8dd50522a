// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cuda_exec.cuh"
#include "src/problems/bind_poisson.hpp"
#include "src/problems/bind_tasks.hpp"

namespace metasolve::problems {

METASOLVE_INSTANTIATE_BIND_TASKS(exec::CudaExec, PoissonTasks);

}  // namespace metasolve::problems
