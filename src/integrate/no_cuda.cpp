// SPDX-License-Identifier: Apache-2.0
#include "metasolve/error.hpp"
#include "src/integrate/integration.hpp"

namespace metasolve::integrate {

// Never reached: without CUDA no executor of that kind can be opened.
std::unique_ptr<Integration> make_integration_cuda(Executor const&, IntegrationSetup const&) {
  throw DeviceError("built without CUDA; configure where the CUDA toolkit is installed");
}

}  // namespace metasolve::integrate
