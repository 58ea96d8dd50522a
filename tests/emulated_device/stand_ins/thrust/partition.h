// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iterator>
#include <stdexcept>
#include <utility>

#include "tests/emulated_device/device.hpp"

/// In place of Thrust's partition: a loop.
namespace thrust {

struct system_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

template <class T>
class counting_iterator {
 public:
  explicit counting_iterator(T at) : at_(at) {}
  T operator[](std::ptrdiff_t i) const { return static_cast<T>(at_ + i); }
  counting_iterator operator+(std::ptrdiff_t n) const { return counting_iterator(static_cast<T>(at_ + n)); }
  std::ptrdiff_t operator-(counting_iterator const& other) const { return at_ - other.at_; }

 private:
  T at_;
};
using std::make_reverse_iterator;

namespace cuda {

template <class Memory>
struct Policy {
  Memory& memory;
  cudaStream_t stream = nullptr;
  Policy on(cudaStream_t of) const { return {memory, of}; }
};
template <class Memory>
Policy<Memory> par_nosync(Memory& memory) {
  return {memory};
}

}  // namespace cuda

/// Allocates scratch from the policy's memory and synchronizes, as Thrust does.
template <class Memory, class In, class Flags, class Yes, class No, class Predicate>
std::pair<Yes, No> stable_partition_copy(cuda::Policy<Memory> const& policy, In first, In last, Flags flags, Yes yes,
                                         No no, Predicate predicate) {
  constexpr std::size_t scratch = 1024;
  char* const memory = policy.memory.allocate(scratch);
  emulated::enqueue(policy.stream, [&, count = static_cast<std::size_t>(last - first)] {
    emulated::require_device(memory, scratch, "a partition's scratch");
    emulated::require_device(flags, count * sizeof *flags, "a partition's flags");
    for (std::size_t i = 0; i < count; ++i) {
      auto const value = first[static_cast<std::ptrdiff_t>(i)];
      if (predicate(flags[i])) {
        *yes++ = value;
      } else {
        *no++ = value;
      }
    }
  });
  if (cudaStreamSynchronize(policy.stream) != cudaSuccess) throw system_error("the stream cannot be waited for");
  policy.memory.deallocate(memory, scratch);
  return {yes, no};
}

}  // namespace thrust
