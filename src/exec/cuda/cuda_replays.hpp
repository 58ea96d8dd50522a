// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <unordered_map>

namespace metasolve::exec {

class CudaExec;

/// Operations of one owner, each recorded into a CUDA graph. The graphs hold the owner's pointers, and go with it.
class CudaReplays {
 public:
  /// exec: must outlive this object.
  explicit CudaReplays(CudaExec& exec) : exec_(exec) {}
  /// Waits for the work in flight.
  ~CudaReplays();
  CudaReplays(CudaReplays const&) = delete;
  CudaReplays& operator=(CudaReplays const&) = delete;

  /// Does what f asks of the executor, by one graph launch where possible. The first call with a key runs f, which
  /// loads its kernels; the second records f's calls into a graph; that one and later ones launch the graph. key names
  /// the operation and its sizes among this owner's: f must make the same calls with the same pointers each time, and
  /// nothing else. In a stream that is already being captured f becomes part of that graph.
  template <class F>
  void run(std::uint64_t key, F&& f) {
    run_function(key, [&f] { f(); });
  }

 private:
  /// executable: null until recorded.
  struct Recorded {
    bool has_run = false;
    cudaGraphExec_t executable = nullptr;
  };

  void run_function(std::uint64_t key, std::function<void()> const& f);
  [[nodiscard]] cudaGraphExec_t record(std::function<void()> const& f);

  CudaExec& exec_;
  std::unordered_map<std::uint64_t, Recorded> recorded_;
};

}  // namespace metasolve::exec
