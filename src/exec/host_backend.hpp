// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

/// Base of executors with host memory whose calls have finished on return. Sums run in order on one thread.
class HostBackend : public Backend {
 public:
  [[nodiscard]] DeviceKind kind() const noexcept final { return DeviceKind::cpu; }
  void synchronize() final {}

  void upload(void* to, void const* from_host, std::size_t bytes) final;
  void download(void* to_host, void const* from, std::size_t bytes) final;
  void copy(void* to, void const* from, std::size_t bytes) final;
  void zero(void* to, std::size_t bytes) final;
  void add_sum(float const* x, std::int64_t n, double* to) final;
  void add_sum(double const* x, std::int64_t n, double* to) final;
  void add_sum(std::int32_t const* x, std::int64_t n, double* to) final;
  void add_square_sum(float const* x, std::int64_t n, double* to) final;
  void add_square_sum(double const* x, std::int64_t n, double* to) final;
  void reserve_sort(std::int64_t) final {}
  void sort_by_key(std::int32_t* keys, std::int32_t* values, std::int64_t n) final;
  void reserve_partition(std::int64_t) final {}
  std::int64_t partition(std::int32_t const* flags, std::int64_t n, std::int32_t* indices) final;

  /// A CUDA device loads the kernel of launch(Body) here, as required before a capture. No-op on the host.
  template <class Body>
  void load() {}

  /// Runs the operations every time.
  std::unique_ptr<Replays> replays() final;

 protected:
  [[nodiscard]] char const* why_unreachable(void const*) const final { return nullptr; }
  void* do_allocate(std::size_t bytes) final;
  void do_deallocate(void* memory) noexcept final;
};

}  // namespace metasolve::exec
