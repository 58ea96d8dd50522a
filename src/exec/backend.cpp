// SPDX-License-Identifier: Apache-2.0
#include "src/exec/backend.hpp"

namespace metasolve::exec {

void* Backend::allocate(std::size_t bytes) {
  void* const memory = planning_ || bytes == 0 ? nullptr : do_allocate(bytes);
  allocated_ += bytes;
  return memory;
}

void Backend::deallocate(void* memory, std::size_t bytes) noexcept {
  allocated_ -= bytes;
  if (memory != nullptr) do_deallocate(memory);
}

}  // namespace metasolve::exec
