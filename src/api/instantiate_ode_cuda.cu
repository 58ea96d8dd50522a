// SPDX-License-Identifier: Apache-2.0
#include "src/api/ode_calls_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::api {

std::unique_ptr<ProblemCalls> make_ode_calls_cuda(Executor const& executor, OdeSolver::System const& system,
                                                  Setup const& setup) {
  return make_ode_calls_on<exec::CudaExec>(executor, system, setup);
}

}  // namespace metasolve::api
