// SPDX-License-Identifier: Apache-2.0
#include "src/api/jacobi_on.hpp"
#include "src/exec/cuda_exec.cuh"

namespace metasolve::api {

JacobiImplementation<float> make_jacobi_cuda(Executor const& executor, JacobiOptions const& options, float) {
  return make_jacobi_on<exec::CudaExec, float>(executor, options);
}
JacobiImplementation<double> make_jacobi_cuda(Executor const& executor, JacobiOptions const& options, double) {
  return make_jacobi_on<exec::CudaExec, double>(executor, options);
}

}  // namespace metasolve::api
