// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cpu_exec.hpp"
#include "src/problems/bind_poisson.hpp"
#include "src/problems/bind_tasks.hpp"

namespace metasolve::problems {

METASOLVE_INSTANTIATE_BIND_TASKS(exec::CpuExec, PoissonTasks);

}  // namespace metasolve::problems
