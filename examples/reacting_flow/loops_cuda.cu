// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime.h>

#include <stdexcept>
#include <string>

#include "loops.hpp"

namespace flow {

namespace {

constexpr int threads = 128;

void check(cudaError_t error) {
  if (error != cudaSuccess) throw std::runtime_error(std::string("CUDA: ") + cudaGetErrorString(error));
}

/// One thread per cell.
__global__ void __launch_bounds__(threads) transport(TransportStage stage) {
  int const i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x), j = static_cast<int>(blockIdx.y);
  if (i < stage.slab.n) stage(wrapped(i, stage.slab.n), stage.slab.around(j));
}

__global__ void __launch_bounds__(threads) newton(NewtonStep step) {
  long const at = long{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at >= step.cells) return;
  double y[species];
  for (int s = 0; s < species; ++s) y[s] = step.y[s * step.plane + at];
  NewtonCell const cell{
      step.h * step.c[at], step.h * step.c[step.plane + at], step.h * step.c[2 * step.plane + at], y[0], y[1], y[2]};
  double g[species];
  int made = 0;
  bool converged = false;
  for (;; ++made) {
    converged = cell.residual(y[0], y[1], y[2], g[0], g[1], g[2]) <= step.tolerance * step.tolerance;
    if (converged || made == step.max_iterations) break;
    cell.update(y[0], y[1], y[2], g[0], g[1], g[2]);
  }
  for (int s = 0; s < species; ++s) step.y[s * step.plane + at] = y[s];
  step.iterations[at] = made;
  step.status[at] = converged ? 0 : 1;
}

__global__ void __launch_bounds__(threads) see(PreviousSweeps previous) {
  long const at = long{blockIdx.x} * blockDim.x + threadIdx.x;
  if (at < previous.cells) previous(at);
}

__global__ void __launch_bounds__(threads) copy_rows(RowCopy copy) {
  int const i = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (i < copy.count()) copy(i);
}

__global__ void __launch_bounds__(threads)
    add_up(int const* iterations, int const* status, long cells, unsigned long long* sums) {
  unsigned made = 0, failed = 0;
  for (long i = long{blockIdx.x} * blockDim.x + threadIdx.x; i < cells; i += long{gridDim.x} * blockDim.x) {
    made += static_cast<unsigned>(iterations[i]);
    failed += status[i] == 0 ? 0 : 1;
  }
  made = __reduce_add_sync(~0U, made);
  failed = __reduce_add_sync(~0U, failed);
  if (threadIdx.x % warpSize == 0) {
    atomicAdd(sums, made);
    atomicAdd(sums + 1, failed);
  }
}

class CudaLoops final : public Loops {
 public:
  explicit CudaLoops(metasolve::Executor const& executor) : stream_(static_cast<cudaStream_t>(executor.stream())) {
    // The executor's device, which its memory tells, is this thread's from now on: launches need that.
    auto const memory = executor.allocate(sizeof(Sums));
    cudaPointerAttributes of_memory;
    check(cudaPointerGetAttributes(&of_memory, memory.get()));
    check(cudaSetDevice(of_memory.device));
    check(cudaMalloc(&sums_, sizeof(Sums)));
  }
  CudaLoops(CudaLoops const&) = delete;
  CudaLoops& operator=(CudaLoops const&) = delete;
  ~CudaLoops() override { cudaFree(sums_); }

  void run(TransportStage const& stage) override {
    auto const rows = static_cast<unsigned>(stage.slab.rows);
    transport<<<dim3(blocks(stage.slab.n), rows), threads, 0, stream_>>>(stage);
    check(cudaGetLastError());
  }
  void run(NewtonStep const& step) override {
    newton<<<blocks(step.cells), threads, 0, stream_>>>(step);
    check(cudaGetLastError());
  }
  void run(PreviousSweeps const& previous) override {
    see<<<blocks(previous.cells), threads, 0, stream_>>>(previous);
    check(cudaGetLastError());
  }
  void run(RowCopy const& copy) override {
    copy_rows<<<blocks(copy.count()), threads, 0, stream_>>>(copy);
    check(cudaGetLastError());
  }
  Counts count(int const* iterations, int const* status, long cells) override {
    check(cudaMemsetAsync(sums_, 0, sizeof(Sums), stream_));
    add_up<<<least(blocks(cells), 1024U), threads, 0, stream_>>>(iterations, status, cells, sums_->sum);
    check(cudaGetLastError());
    Sums sums;
    check(cudaMemcpyAsync(&sums, sums_, sizeof(Sums), cudaMemcpyDeviceToHost, stream_));
    check(cudaStreamSynchronize(stream_));
    return {static_cast<long long>(sums.sum[0]), static_cast<long long>(sums.sum[1])};
  }

 private:
  struct Sums {
    unsigned long long sum[2];
  };
  static unsigned blocks(long cells) { return static_cast<unsigned>((cells + threads - 1) / threads); }
  cudaStream_t stream_;
  Sums* sums_ = nullptr;
};

}  // namespace

std::unique_ptr<Loops> cuda_loops(metasolve::Executor const& executor) { return std::make_unique<CudaLoops>(executor); }

}  // namespace flow
