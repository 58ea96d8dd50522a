// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "metasolve/ranks.hpp"

namespace metasolve::bench {

/// A group of one process: what ranks cost without any others. On a device the exchanges are NCCL's.
class OneRank final : public Ranks {
 public:
  [[nodiscard]] int rank() const noexcept override { return 0; }
  [[nodiscard]] int size() const noexcept override { return 1; }
  [[nodiscard]] int local_rank() const noexcept override { return 0; }
  [[nodiscard]] int local_size() const noexcept override { return 1; }
  void broadcast(void*, std::size_t) override {}
  void all_gather(void const* mine, std::size_t bytes, void* all) override {
    if (bytes > 0) std::memcpy(all, mine, bytes);
  }
  void swap(int, void const*, void*, std::size_t) override {}  // there is no other
  void all_reduce(float*, std::int64_t) override {}
  void all_reduce(double*, std::int64_t) override {}
  std::int64_t take(std::int64_t n) override { return counter_ += n, counter_ - n; }
  void restart_counter() override { counter_ = 0; }

 private:
  std::int64_t counter_ = 0;
};

}  // namespace metasolve::bench
