// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace metasolve::test {

/// Blocks a stream from construction until it is opened: a call that synchronized in between would return only after
/// the gate has timed out.
class StreamGate {
 public:
  explicit StreamGate(cudaStream_t stream) : stream_(stream) {
    EXPECT_EQ(cudaLaunchHostFunc(stream, wait, this), cudaSuccess);
  }
  StreamGate(StreamGate const&) = delete;
  StreamGate& operator=(StreamGate const&) = delete;
  ~StreamGate() {
    is_open_ = true;
    EXPECT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);  // the stream holds a pointer to this
  }
  void open() { is_open_ = true; }
  [[nodiscard]] bool has_given_up() const { return has_given_up_; }

 private:
  static void wait(void* of) {
    auto& gate = *static_cast<StreamGate*>(of);
    auto const start = std::chrono::steady_clock::now();
    while (!gate.is_open_) {
      if (std::chrono::steady_clock::now() - start > std::chrono::seconds(20)) {
        gate.has_given_up_ = true;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  cudaStream_t stream_;
  std::atomic<bool> is_open_{false}, has_given_up_{false};
};

}  // namespace metasolve::test
