// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace metasolve::exec {

/// Exchanges arrays in an executor's memory between ranks, ordered on its stream. All ranks make the same calls.
/// Made by Backend::collective.
class Collective {
 public:
  virtual ~Collective() = default;
  /// Whether calls wait for the stream, so that they cannot be captured.
  [[nodiscard]] virtual bool waits() const noexcept = 0;
  /// all [ranks][bytes].
  virtual void all_gather(void const* mine, std::size_t bytes, void* all) = 0;
  /// With another rank, as Ranks::swap.
  virtual void swap(int partner, void const* mine, void* theirs, std::size_t bytes) = 0;
  /// numbers [n]: the sum over ranks, in place, in any order.
  virtual void all_reduce(float* numbers, std::int64_t n) = 0;
  virtual void all_reduce(double* numbers, std::int64_t n) = 0;
};

}  // namespace metasolve::exec
