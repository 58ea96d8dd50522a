// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "loops.hpp"

namespace flow {

void* cuda_stream(int) {
  throw std::runtime_error(
      "--device cuda: this program was built without CUDA; configure it with -DREACTING_FLOW_CUDA=ON");
}
std::unique_ptr<Loops> cuda_loops(void*) { return nullptr; }  // cuda_stream has thrown

}  // namespace flow
