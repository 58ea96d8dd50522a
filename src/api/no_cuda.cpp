// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "src/api/cg_implementation.hpp"
#include "src/api/jacobi_implementation.hpp"
#include "src/api/ode_calls.hpp"

namespace metasolve::api {

namespace {
// Never thrown: without CUDA no executor of that kind can be opened.
DeviceError no_cuda() { return DeviceError("built without CUDA; configure where the CUDA toolkit is installed"); }
}  // namespace

JacobiImplementation<float> make_jacobi_cuda(Executor const&, JacobiOptions const&, Setup const&, float) {
  throw no_cuda();
}
JacobiImplementation<double> make_jacobi_cuda(Executor const&, JacobiOptions const&, Setup const&, double) {
  throw no_cuda();
}

std::unique_ptr<ProblemCalls> make_ode_calls_cuda(Executor const&, OdeSolver::System const&, Setup const&) {
  throw no_cuda();
}

CgImplementation make_cg_cuda(Executor const&, CgPattern const&, CgSolver::Options const&, Setup const&) {
  throw no_cuda();
}

}  // namespace metasolve::api
