// SPDX-License-Identifier: Apache-2.0
#include "src/api/jacobi_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::api {

JacobiImplementation<float> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, float) {
  return make_jacobi_on<exec::CpuExec, float>(executor, options);
}
JacobiImplementation<double> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, double) {
  return make_jacobi_on<exec::CpuExec, double>(executor, options);
}

}  // namespace metasolve::api
