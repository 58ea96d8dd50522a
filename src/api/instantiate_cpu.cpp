// SPDX-License-Identifier: Apache-2.0
#include "src/api/jacobi_on.hpp"
#include "src/exec/cpu_exec.hpp"

namespace metasolve::api {

JacobiImplementation<float> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, Setup const& setup,
                                            float) {
  return make_jacobi_on<exec::CpuExec, float>(executor, options, setup);
}
JacobiImplementation<double> make_jacobi_cpu(Executor const& executor, JacobiOptions const& options, Setup const& setup,
                                             double) {
  return make_jacobi_on<exec::CpuExec, double>(executor, options, setup);
}

}  // namespace metasolve::api
