// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cpu_exec.hpp"
#include "src/integrate/integration_on.hpp"

namespace metasolve::integrate {

std::unique_ptr<Integration> make_integration_cpu(Executor const& executor, IntegrationSetup const& setup) {
  return make_integration_on<exec::CpuExec>(executor, setup);
}

}  // namespace metasolve::integrate
