// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/backend.hpp"

#include <string>

#include "metasolve/detail/exec/convolution.hpp"
#include "metasolve/detail/exec/host_collective.hpp"
#include "metasolve/error.hpp"

namespace metasolve::exec {

void* Backend::allocate(std::size_t bytes) {
  arena_bytes_ += Arena::rounded(bytes);
  if (arena_ != nullptr && !planning_) {
    void* const memory = arena_->take(bytes);
    zero(memory, bytes);
    return memory;
  }
  void* const memory = planning_ || bytes == 0 ? nullptr : do_allocate(bytes);
  allocated_ += bytes;
  return memory;
}

void Backend::deallocate(void* memory, std::size_t bytes) noexcept {
  allocated_ -= bytes;
  if (memory != nullptr) do_deallocate(memory);
}

std::unique_ptr<Convolution> Backend::convolution(ConvolutionShape const&, std::int64_t, bool) { return nullptr; }

std::unique_ptr<Collective> Backend::collective(Ranks& ranks) { return std::make_unique<HostCollective>(*this, ranks); }

char const* Backend::unreachable(void const* p, std::size_t bytes) const {
  if (bytes == 0 || surely_reaches(p, bytes)) return nullptr;
  char const* const why = why_unreachable(p);
  if (why != nullptr || bytes == 1) return why;
  bool const reaches_end = why_unreachable(static_cast<std::byte const*>(p) + (bytes - 1)) == nullptr;
  return reaches_end ? nullptr : "reaches beyond its allocation";
}

Arena::Arena(Backend& backend, void* memory, std::size_t bytes)
    : backend_(backend), memory_(static_cast<std::byte*>(memory)), bytes_(bytes) {
  if (memory == nullptr) return;
  if (reinterpret_cast<std::uintptr_t>(memory) % alignment != 0) {
    throw InputError("workspace.data is not aligned to " + std::to_string(alignment) + " bytes");
  }
  if (char const* const why = backend.unreachable(memory, bytes))
    throw InputError(std::string("workspace.data ") + why);
  backend.arena_ = this;
}

void* Arena::take(std::size_t bytes) {
  std::size_t const wanted = rounded(bytes);
  if (wanted > bytes_ - used_) {
    throw InputError("workspace.bytes is " + std::to_string(bytes_) + ", which is too little; ask workspace_bytes");
  }
  void* const memory = memory_ + used_;
  used_ += wanted;
  return memory;
}

}  // namespace metasolve::exec
