// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <metasolve/executor.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace heat {

/// Numbers on the host, and where the executor can use them: in its own memory, or on a CPU in the same place.
template <class T>
class Array {
 public:
  Array(metasolve::Executor const& executor, std::size_t size) : host_(size) {
    if (executor.kind() != metasolve::DeviceKind::cpu) device_ = executor.allocate(size * sizeof(T));
  }

  T& operator[](std::size_t i) { return host_[i]; }
  std::vector<T> const& host() const { return host_; }
  T* host_at(std::size_t i) { return host_.data() + i; }
  T* data() { return device_ ? static_cast<T*>(device_.get()) : host_.data(); }  ///< for the executor's calls
  void upload(metasolve::Executor const& executor) {
    if (device_) executor.upload(device_.get(), host_.data(), host_.size() * sizeof(T));
  }
  void download(metasolve::Executor const& executor) {
    if (device_) executor.download(host_.data(), device_.get(), host_.size() * sizeof(T));
  }

 private:
  std::vector<T> host_;
  std::shared_ptr<void> device_;
};

}  // namespace heat
