// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "metasolve/detail/api/c_api.hpp"

/// Executors and their memory for C.

using metasolve::Executor;
using metasolve::c_api::cleared;
using metasolve::c_api::guarded;
using metasolve::c_api::required;

struct metasolve_memory {
  std::shared_ptr<void> memory;
};

int metasolve_executor_open(char const* name, int threads, metasolve_executor** executor) {
  return guarded([&] {
    auto*& made = cleared("executor", executor);
    required("name", name);
    made = new metasolve_executor{Executor::open(name, threads)};
  });
}

int metasolve_executor_open_cpu(int threads, metasolve_executor** executor) {
  return guarded([&] {
    auto*& made = cleared("executor", executor);
    made = new metasolve_executor{Executor::cpu(threads)};
  });
}

int metasolve_executor_open_cuda(int device, void* stream, metasolve_executor** executor) {
  return guarded([&] {
    auto*& made = cleared("executor", executor);
    made = new metasolve_executor{Executor::cuda(device, stream)};
  });
}

void metasolve_executor_release(metasolve_executor* executor) { delete executor; }

int metasolve_executor_is_cuda(metasolve_executor const* executor) {
  return executor != nullptr && executor->executor.kind() == metasolve::DeviceKind::cuda ? 1 : 0;
}

int metasolve_executor_synchronize(metasolve_executor const* executor) {
  return guarded([&] { required("executor", executor).executor.synchronize(); });
}

int metasolve_executor_wait_for(metasolve_executor const* executor, void* stream) {
  return guarded([&] { required("executor", executor).executor.wait_for(stream); });
}

int metasolve_executor_make_wait(metasolve_executor const* executor, void* stream) {
  return guarded([&] { required("executor", executor).executor.make_wait(stream); });
}

void* metasolve_executor_stream(metasolve_executor const* executor) {
  return executor == nullptr ? nullptr : executor->executor.stream();
}

int metasolve_executor_upload(metasolve_executor const* executor, void* to, void const* from_host, size_t bytes) {
  return guarded([&] {
    auto const& on = required("executor", executor).executor;
    if (bytes == 0) return;
    required("to", static_cast<char*>(to));
    required("from_host", static_cast<char const*>(from_host));
    on.upload(to, from_host, bytes);
  });
}

int metasolve_executor_download(metasolve_executor const* executor, void* to_host, void const* from, size_t bytes) {
  return guarded([&] {
    auto const& on = required("executor", executor).executor;
    if (bytes == 0) return;
    required("to_host", static_cast<char*>(to_host));
    required("from", static_cast<char const*>(from));
    on.download(to_host, from, bytes);
  });
}

int metasolve_memory_allocate(metasolve_executor const* executor, size_t bytes, metasolve_memory** memory) {
  return guarded([&] {
    auto*& made = cleared("memory", memory);
    made = new metasolve_memory{required("executor", executor).executor.allocate(bytes)};
  });
}

void* metasolve_memory_data(metasolve_memory const* memory) {
  return memory == nullptr ? nullptr : memory->memory.get();
}

void metasolve_memory_release(metasolve_memory* memory) { delete memory; }
