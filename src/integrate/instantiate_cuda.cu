// SPDX-License-Identifier: Apache-2.0
#include "src/exec/cuda_exec.cuh"
#include "src/integrate/integration_on.hpp"

namespace metasolve::integrate {

std::unique_ptr<Integration> make_integration_cuda(Executor const& executor, IntegrationSetup const& setup) {
  return make_integration_on<exec::CudaExec>(executor, setup);
}

}  // namespace metasolve::integrate
