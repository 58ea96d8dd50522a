// SPDX-License-Identifier: Apache-2.0
#include "src/api/cg_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::api {

CgImplementation make_cg_cuda(Executor const& executor, CgPattern const& pattern, CgSolver::Options const& options,
                              Setup const& setup) {
  return make_cg_on<exec::CudaExec>(executor, pattern, options, setup);
}

}  // namespace metasolve::api
