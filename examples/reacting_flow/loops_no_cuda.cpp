// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "loops.hpp"

namespace flow {

std::unique_ptr<Loops> cuda_loops(metasolve::Executor const&) {
  throw std::runtime_error(
      "--device cuda: this program was built without CUDA; configure it with -DREACTING_FLOW_CUDA=ON");
}

}  // namespace flow
