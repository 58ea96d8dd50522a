// SPDX-License-Identifier: Apache-2.0
#include "metasolve/executor.hpp"

#include <charconv>
#include <utility>

#include "metasolve/detail/exec/plugin.hpp"
#include "metasolve/detail/exec/rank_devices.hpp"
#include "metasolve/detail/exec/rank_group.hpp"
#include "metasolve/error.hpp"

namespace metasolve {

namespace {

/// The N of "NAME:N"; -1: the name does not have this form.
int device_index(std::string_view name, std::string_view of) {
  if (!name.starts_with(of) || !name.substr(of.size()).starts_with(':')) return -1;
  std::string_view const digits = name.substr(of.size() + 1);
  int index = -1;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return error == std::errc() && end == digits.data() + digits.size() ? index : -1;
}

/// For error messages: "\"auto\", \"cpu\" or \"cuda:N\"", with all executors of the build and always CUDA.
std::string expected_names() {
  std::string names = "\"auto\"";
  for (auto const* plugin : exec::executor_plugins()) {
    if (plugin->name != "cuda") names += ", \"" + std::string(plugin->name) + '"';
  }
  return names + ", \"cuda\" or \"cuda:N\" with N = 0, 1, ...";
}

}  // namespace

Executor::Executor(std::shared_ptr<exec::Backend> backend) : backend_(std::move(backend)) {}

Executor Executor::cpu(int threads) { return Executor(exec::find_plugin("cpu")->open({.threads = threads})); }

Executor Executor::cuda(int device, void* stream) {
  auto const* const plugin = exec::find_plugin("cuda");
  if (plugin == nullptr) throw DeviceError(std::string(exec::built_without_cuda));
  return Executor(plugin->open({.device = device, .stream = stream}));
}

Executor Executor::open(std::string_view name, int threads) {
  for (auto const* plugin : exec::executor_plugins()) {
    if (name == plugin->name || (name == "auto" && plugin->has_devices && plugin->devices() > 0)) {
      return Executor(plugin->open({.threads = threads}));
    }
    int const index = plugin->has_devices ? device_index(name, plugin->name) : -1;
    if (index >= 0) return Executor(plugin->open({.threads = threads, .device = index}));
  }
  if (name == "auto") return cpu(threads);
  if (name == "cuda" || device_index(name, "cuda") >= 0) return cuda();  // throws in a build without CUDA
  throw InputError("device \"" + std::string(name) + "\" is not known; expected " + expected_names());
}

Executor Executor::on_rank(std::shared_ptr<Ranks> ranks, std::string_view name, int threads) {
  if (ranks == nullptr) return open(name, threads);
  auto const mine = exec::device_of_rank(*ranks, name);
  auto const executor = open(mine.empty() ? name : mine, exec::threads_of_rank(*ranks, threads));
  exec::require_own_device(*ranks, executor.backend());
  return executor.over(std::move(ranks));
}

Executor Executor::over(std::shared_ptr<Ranks> ranks) const {
  auto shared = *this;
  shared.group_ = ranks ? std::make_shared<exec::RankGroup>(*backend_, std::move(ranks)) : nullptr;
  return shared;
}
Ranks* Executor::ranks() const noexcept { return group_ ? &group_->ranks() : nullptr; }
exec::Collective& Executor::collective() const {
  if (!group_) throw Error("Executor::collective: the executor is not over ranks");
  return group_->collective();
}

std::string_view Executor::name() const noexcept { return backend_->name(); }
DeviceKind Executor::kind() const noexcept { return backend_->kind(); }
std::string Executor::description() const {
  int const ranks = group_ ? group_->ranks().size() : 1;
  return (ranks > 1 ? std::to_string(ranks) + " ranks, each: " : std::string()) + backend_->description();
}
void Executor::synchronize() const { backend_->synchronize(); }
void Executor::wait_for(void* stream) const { backend_->wait_for(stream); }
void Executor::make_wait(void* stream) const { backend_->make_wait(stream); }
void* Executor::stream() const noexcept { return backend_->stream_handle(); }

std::shared_ptr<void> Executor::allocate(std::size_t bytes) const {
  // The deleter holds a copy of the handle, which keeps the executor alive until its memory is released.
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
