// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"

namespace metasolve::exec {

CudaReplays::~CudaReplays() {
  if (recorded_.empty()) return;
  CurrentDevice const current(exec_.device(), std::nothrow);
  report(cudaStreamSynchronize(exec_.stream()), "finish the work of a stream");
  for (auto const& [key, recorded] : recorded_) {
    if (recorded.executable != nullptr) report(cudaGraphExecDestroy(recorded.executable), "release a graph");
  }
}

void CudaReplays::run(std::uint64_t key, std::function<void()> const& f) {
  CurrentDevice const current(exec_.device());
  if (exec_.capturing()) return f();
  Recorded& recorded = recorded_[key];
  if (!recorded.has_run) {
    // Loading a kernel may wait for the device, which a capture forbids: the first run is not recorded.
    f();
    recorded.has_run = true;
    return;
  }
  if (recorded.executable == nullptr) recorded.executable = record(f);
  check(cudaGraphLaunch(recorded.executable, exec_.stream()), "launch a graph");
}

cudaGraphExec_t CudaReplays::record(std::function<void()> const& f) {
  // Thread-local: other threads of the program must not be restricted.
  check(cudaStreamBeginCapture(exec_.stream(), cudaStreamCaptureModeThreadLocal), "begin the capture of a stream");
  cudaGraph_t graph = nullptr;
  try {
    f();
  } catch (...) {
    // f's failure is the cause and is reported to the caller; it invalidates the capture.
    cudaError_t const status = cudaStreamEndCapture(exec_.stream(), &graph);
    if (status != cudaErrorStreamCaptureInvalidated) report(status, "end the capture of a stream");
    if (graph != nullptr) report(cudaGraphDestroy(graph), "release a graph");
    throw;
  }
  check(cudaStreamEndCapture(exec_.stream(), &graph), "end the capture of a stream");
  cudaGraphExec_t executable = nullptr;
  cudaError_t const status = cudaGraphInstantiate(&executable, graph, 0);
  report(cudaGraphDestroy(graph), "release a graph");
  check(status, "instantiate a graph");
  return executable;
}

}  // namespace metasolve::exec
