// SPDX-License-Identifier: Apache-2.0
#include "src/api/ode_calls_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::api {

std::unique_ptr<ProblemCalls> make_ode_calls_cpu(Executor const& executor, OdeSolver::System const& system,
                                                 Setup const& setup) {
  return make_ode_calls_on<exec::CpuExec>(executor, system, setup);
}

}  // namespace metasolve::api
