// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/exec/collective.hpp"
#include "metasolve/ranks.hpp"

namespace metasolve::exec {

/// Exchanges by the host, which copies to and from the executor's memory where that is not the host's.
class HostCollective final : public Collective {
 public:
  HostCollective(Backend& backend, Ranks& ranks) : backend_(backend), ranks_(ranks) {}

  [[nodiscard]] bool waits() const noexcept override { return !backend_.memory_is_host(); }
  void all_gather(void const* mine, std::size_t bytes, void* all) override;
  void swap(int partner, void const* mine, void* theirs, std::size_t bytes) override;
  void all_reduce(float* numbers, std::int64_t n) override { reduce(numbers, n); }
  void all_reduce(double* numbers, std::int64_t n) override { reduce(numbers, n); }

 private:
  template <class T>
  void reduce(T* numbers, std::int64_t n);

  Backend& backend_;
  Ranks& ranks_;
  std::vector<std::byte> mine_, all_;  ///< on the host
};

}  // namespace metasolve::exec
