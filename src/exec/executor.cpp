// SPDX-License-Identifier: Apache-2.0
#include "metasolve/executor.hpp"

#include <charconv>
#include <utility>

#include "metasolve/error.hpp"
#include "src/exec/cpu/cpu_exec.hpp"
#include "src/exec/cuda/cuda_runtime_info.hpp"
#include "src/exec/open.hpp"

namespace metasolve {

namespace {

/// The N of "cuda:N"; -1: not such a name.
int device_index(std::string_view name) {
  constexpr std::string_view prefix = "cuda:";
  if (!name.starts_with(prefix)) return -1;
  std::string_view const digits = name.substr(prefix.size());
  int index = -1;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return error == std::errc() && end == digits.data() + digits.size() ? index : -1;
}

}  // namespace

Executor::Executor(std::shared_ptr<exec::Backend> backend) : backend_(std::move(backend)) {}

Executor Executor::cpu(int threads) { return Executor(std::make_shared<exec::CpuExec>(threads)); }

Executor Executor::cuda(int device, void* stream) { return Executor(exec::open_cuda(device, stream)); }

Executor Executor::open(std::string_view name, int threads) {
  if (name == "cpu") return cpu(threads);
  if (name == "cuda") return cuda();
  if (name == "auto") return exec::cuda_device_count() > 0 ? cuda() : cpu(threads);
  int const index = device_index(name);
  if (index >= 0) return cuda(index);
  throw InputError("device \"" + std::string(name) +
                   "\" is not known; expected \"auto\", \"cpu\", \"cuda\" or \"cuda:N\" with N = 0, 1, ...");
}

DeviceKind Executor::kind() const noexcept { return backend_->kind(); }
std::string Executor::description() const { return backend_->description(); }
void Executor::synchronize() const { backend_->synchronize(); }

std::shared_ptr<void> Executor::allocate(std::size_t bytes) const {
  // The deleter's copy of the handle keeps the executor until its memory is released.
  return {backend_->allocate(bytes),
          [backend = backend_, bytes](void* memory) noexcept { backend->deallocate(memory, bytes); }};
}

void Executor::upload(void* to, void const* from_host, std::size_t bytes) const {
  backend_->upload(to, from_host, bytes);
  backend_->synchronize();
}
void Executor::download(void* to_host, void const* from, std::size_t bytes) const {
  backend_->download(to_host, from, bytes);
}

}  // namespace metasolve
