// SPDX-License-Identifier: Apache-2.0
#include "src/api/cg_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::api {

CgImplementation make_cg_cpu(Executor const& executor, CgPattern const& pattern, CgSolver::Options const& options,
                             Setup const& setup) {
  return make_cg_on<exec::CpuExec>(executor, pattern, options, setup);
}

}  // namespace metasolve::api
