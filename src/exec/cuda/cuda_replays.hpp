// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <unordered_map>

#include "metasolve/detail/exec/backend.hpp"

namespace metasolve::exec {

class CudaExec;

/// Operations of one owner, each recorded as a CUDA graph. The graphs hold the owner's pointers and must not outlive
/// it.
class CudaReplays final : public Replays {
 public:
  /// exec: must outlive this object.
  explicit CudaReplays(CudaExec& exec) : exec_(exec) {}
  /// Waits for the work in flight.
  ~CudaReplays() override;
  CudaReplays(CudaReplays const&) = delete;
  CudaReplays& operator=(CudaReplays const&) = delete;

  /// Uses one graph launch where possible. The first call with a key runs f, which loads its kernels; the second
  /// records f's calls as a graph; that one and later ones launch the graph. In a stream that is already being
  /// captured, f becomes part of that graph.
  void run(std::uint64_t key, std::function<void()> const& f) override;

 private:
  /// executable: null until recorded.
  struct Recorded {
    bool has_run = false;
    cudaGraphExec_t executable = nullptr;
  };

  [[nodiscard]] cudaGraphExec_t record(std::function<void()> const& f);

  CudaExec& exec_;
  std::unordered_map<std::uint64_t, Recorded> recorded_;
};

}  // namespace metasolve::exec
