// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cpu_exec.hpp"
#include "src/problems/bind_ode.hpp"
#include "src/problems/bind_tasks.hpp"

namespace metasolve::problems {

METASOLVE_INSTANTIATE_BIND_TASKS(exec::CpuExec, RobertsonTasks);

}  // namespace metasolve::problems
