// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "src/api/jacobi_implementation.hpp"

namespace metasolve::api {

// Never reached: without CUDA no executor of that kind can be opened.
JacobiImplementation<float> make_jacobi_cuda(Executor const&, JacobiOptions const&, float) {
  throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed");
}
JacobiImplementation<double> make_jacobi_cuda(Executor const&, JacobiOptions const&, double) {
  throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed");
}

}  // namespace metasolve::api
