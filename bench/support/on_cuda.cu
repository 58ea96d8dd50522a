// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"
#include "support/ceilings_on.hpp"
#include "support/device_clock.hpp"
#include "support/launch_loop_on.hpp"

namespace metasolve::bench {

namespace {

/// 16-byte words, four in flight per thread: one of 8 cannot saturate fast memory, however many threads.
struct CopyWords {
  using scalar = double;
  static constexpr int words = 4, elements = 2 * words;
  std::int64_t columns;
  double const* from;
  double* to;
  template <class Number>
  __device__ void operator()(std::int64_t, std::int64_t at) const {
    auto const* const source = reinterpret_cast<double2 const*>(from);
    double2 word[words];
    METASOLVE_UNROLL
    for (int w = 0; w < words; ++w) word[w] = source[w * columns + at];
    METASOLVE_UNROLL
    for (int w = 0; w < words; ++w) reinterpret_cast<double2*>(to)[w * columns + at] = word[w];
  }
};

class EventClock final : public DeviceClock {
 public:
  explicit EventClock(Executor const& executor)
      : executor_(executor), stream_(dynamic_cast<exec::CudaExec&>(executor.backend()).stream()) {
    exec::check(cudaEventCreate(&first_), "create an event");
    exec::check(cudaEventCreate(&last_), "create an event");
  }
  EventClock(EventClock const&) = delete;
  EventClock& operator=(EventClock const&) = delete;
  ~EventClock() override {
    cudaEventDestroy(first_);
    cudaEventDestroy(last_);
  }
  void start() override { exec::check(cudaEventRecord(first_, stream_), "record an event"); }
  double stop() override {
    exec::check(cudaEventRecord(last_, stream_), "record an event");
    exec::check(cudaEventSynchronize(last_), "wait for an event");
    float milliseconds = 0;
    exec::check(cudaEventElapsedTime(&milliseconds, first_, last_), "read an event");
    return milliseconds * 1e-3;
  }

 private:
  Executor executor_;  ///< keeps the stream alive
  cudaStream_t stream_;
  cudaEvent_t first_ = nullptr, last_ = nullptr;
};

}  // namespace

std::unique_ptr<DeviceClock> make_cuda_clock(Executor const& executor) {
  return std::make_unique<EventClock>(executor);
}

std::function<void()> captured(Executor const& executor, std::function<void()> const& f) {
  auto const stream = dynamic_cast<exec::CudaExec&>(executor.backend()).stream();
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  exec::check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "begin a capture");
  f();
  exec::check(cudaStreamEndCapture(stream, &graph), "end a capture");
  exec::check(cudaGraphInstantiate(&executable, graph, 0), "make a graph");
  exec::check(cudaGraphDestroy(graph), "release a graph");
  std::shared_ptr<CUgraphExec_st> const owned(executable, [](cudaGraphExec_t g) { cudaGraphExecDestroy(g); });
  return [owned, stream] { exec::check(cudaGraphLaunch(owned.get(), stream), "launch a graph"); };
}

Ceilings measure_ceilings_cuda(Executor const& executor) {
  return measure_ceilings_on<exec::CudaExec, CopyWords>(executor, std::int64_t{1} << 28, std::int64_t{1} << 21, 8192);
}

std::unique_ptr<LaunchLoop> make_launch_loop_cuda(Executor const& executor, std::vector<double> const& columns,
                                                  std::int64_t tasks) {
  return std::make_unique<LaunchLoopOn<exec::CudaExec>>(executor, columns, tasks);
}

}  // namespace metasolve::bench
