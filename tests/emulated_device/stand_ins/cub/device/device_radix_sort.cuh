// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "tests/emulated_device/device.hpp"

/// In place of CUB's sort: the standard library's.
namespace cub {

template <class T>
struct DoubleBuffer {
  T* buffers[2];
  int selector = 0;
  DoubleBuffer(T* current, T* other) : buffers{current, other} {}
  T* Current() { return buffers[selector]; }
  T* Alternate() { return buffers[1 - selector]; }
};

struct DeviceRadixSort {
  /// Leaves the result in the other buffers and overwrites the input, as CUB may.
  template <class Key, class Value>
  static cudaError_t SortPairs(void* scratch, std::size_t& bytes, DoubleBuffer<Key>& keys, DoubleBuffer<Value>& values,
                               int n, int = 0, int = 32, cudaStream_t stream = nullptr) {
    if (scratch == nullptr) {
      bytes = 1024;
      return cudaSuccess;
    }
    emulated::enqueue(stream, [=, key = keys.Current(), value = values.Current(), to_key = keys.Alternate(),
                               to_value = values.Alternate()] {
      auto const count = static_cast<std::size_t>(n);
      for (void const* p : {key, to_key}) emulated::require_device(p, count * sizeof(Key), "a sort's keys");
      for (void const* p : {value, to_value}) emulated::require_device(p, count * sizeof(Value), "a sort's values");
      std::vector<int> order(count);
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return key[i] < key[j]; });
      for (int i = 0; i < n; ++i) {
        to_key[i] = key[order[static_cast<std::size_t>(i)]];
        to_value[i] = value[order[static_cast<std::size_t>(i)]];
      }
      std::memset(key, 0xcd, count * sizeof(Key));
      std::memset(value, 0xcd, count * sizeof(Value));
    });
    keys.selector = values.selector = 1;
    return cudaSuccess;
  }
};

}  // namespace cub
