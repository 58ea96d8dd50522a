// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <vector>

#include "metasolve/detail/exec/cuda/cuda_shared.cuh"
#include "metasolve/detail/exec/cuda/cuda_start.cuh"

/// Incorrect programs, each of which the emulated device must detect and stop.
namespace metasolve::test {
namespace {

using exec::start_kernel;
constexpr unsigned threads = 64;

/// data: `threads` numbers in device memory.
class EmulatedDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "fast");
    ASSERT_EQ(cudaMalloc(reinterpret_cast<void**>(&data), threads * sizeof *data), cudaSuccess);
    ASSERT_EQ(cudaMemsetAsync(data, 0, threads * sizeof *data, nullptr), cudaSuccess);
    ASSERT_EQ(cudaDeviceSynchronize(), cudaSuccess);
  }
  void TearDown() override { EXPECT_EQ(cudaFree(data), cudaSuccess); }
  static void run(void (*kernel)(int*), int* on, unsigned blocks = 1) {
    start_kernel("launch", {dim3(blocks), dim3(threads), threads * sizeof *on, nullptr}, kernel, on);
    exec::check(cudaDeviceSynchronize(), "wait");
  }
  int* data = nullptr;
};

__global__ void add_one(int* x) { ++x[threadIdx.x]; }
__global__ void add_neighbour(int* x) { x[threadIdx.x] += x[(threadIdx.x + 1) % threads]; }
__global__ void add_to_all(int* x) { ++x[0]; }
__global__ void write_beyond(int* x) { x[threadIdx.x + 1] = 1; }
__global__ void write_shared_beyond(int*) { reinterpret_cast<int*>(exec::shared_memory())[threadIdx.x + 1] = 1; }
__global__ void read_askew(int* x) { x[0] = *reinterpret_cast<int*>(reinterpret_cast<char*>(x) + 2); }
__global__ void meet_in_part(int* x) {
  if (threadIdx.x < 3) __syncthreads();
  x[threadIdx.x] = 1;
}
__global__ void meet_apart(int* x) {
  if (threadIdx.x % 2 == 0) {
    __syncwarp();
    x[threadIdx.x] = 1;
  } else {
    __syncwarp();
    x[threadIdx.x] = 2;
  }
}
__global__ void ask_without_itself(int* x) { x[threadIdx.x] = static_cast<int>(__ballot_sync(1u, true)); }
__global__ void shuffle_from_outside(int* x) {
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_sync(0xffffu, 1, 20);
}
/// Through shared memory, with a barrier where needed.
__global__ void reverse(int* x) {
  auto* const shared = reinterpret_cast<int*>(exec::shared_memory());
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncthreads();
  x[threadIdx.x] = shared[threads - 1 - threadIdx.x];
}
__global__ void write_what_all_read(int* x) {
  auto* const shared = reinterpret_cast<int*>(exec::shared_memory());
  if (threadIdx.x == 0) shared[0] = 1;
  __syncthreads();
  x[threadIdx.x] = shared[0];
  if (threadIdx.x == 0) shared[0] = 2;
}
/// Runs in lockstep on a real device, but shuffles do not order memory accesses.
__global__ void reverse_by_shuffle(int* x) {
  auto* const shared = reinterpret_cast<int*>(exec::shared_memory());
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  __shfl_xor_sync(~0u, 0, 1);
  x[threadIdx.x] = shared[threadIdx.x ^ 1u];
}
__global__ void reverse_by_warp(int* x) {
  auto* const shared = reinterpret_cast<int*>(exec::shared_memory());
  shared[threadIdx.x] = static_cast<int>(threadIdx.x);
  __syncwarp();
  x[threadIdx.x] = shared[threadIdx.x ^ 1u];
}
__global__ void read_poison(int* x) { x[threadIdx.x] = reinterpret_cast<int*>(exec::shared_memory())[threadIdx.x]; }
__global__ void never_loaded(int*) {}
__global__ void vote(int* x) {
  x[threadIdx.x] = static_cast<int>(__ballot_sync(~0u, threadIdx.x % 3 == 0)) + __shfl_sync(~0u, x[threadIdx.x], 5);
}

TEST_F(EmulatedDevice, DoesWhatIsRight) {
  std::vector<int> found(threads);
  auto const fetch = [&] {
    ASSERT_EQ(cudaMemcpyAsync(found.data(), data, threads * sizeof(int), cudaMemcpyDeviceToHost, nullptr), cudaSuccess);
  };
  run(reverse, data);
  fetch();
  for (unsigned i = 0; i < threads; ++i) ASSERT_EQ(found[i], static_cast<int>(threads - 1 - i));
  run(reverse_by_warp, data);
  fetch();
  for (unsigned i = 0; i < threads; ++i) ASSERT_EQ(found[i], static_cast<int>(i ^ 1u));
  run(vote, data);
  fetch();
  for (unsigned w = 0; w < 2; ++w) {
    unsigned bits = 0;
    for (unsigned l = 0; l < 32; ++l) bits |= (w * 32 + l) % 3 == 0 ? 1u << l : 0u;
    EXPECT_EQ(found[w * 32], static_cast<int>(bits) + static_cast<int>(w * 32 + 4));
  }
  run(read_poison, data);
  fetch();
  EXPECT_EQ(found, std::vector<int>(threads, -1));
}

TEST_F(EmulatedDevice, StopsAtMemoryOutOfReach) {
  std::vector<int> host(threads);
  EXPECT_DEATH(run(add_one, host.data()),
               "of host memory.*\n.*thread [0-9]+ of block 0.*\n.*\n.*emulated_device_test.cu:");
  EXPECT_DEATH(run(write_beyond, data), "writes 4 bytes of the device's memory that are not allocated");
  EXPECT_DEATH(run(write_shared_beyond, data), "outside of its block's shared memory");
  EXPECT_DEATH(run(read_askew, data), "not aligned");
  EXPECT_DEATH(++data[3], "host code touches the device's memory");
  EXPECT_DEATH(
      {
        int* gone = nullptr;
        cudaMalloc(reinterpret_cast<void**>(&gone), threads * sizeof(int));
        cudaFree(gone);
        run(add_one, gone);
      },
      "not allocated");
}

TEST_F(EmulatedDevice, StopsAtRaces) {
  EXPECT_DEATH(run(add_neighbour, data), "a race");
  EXPECT_DEATH(run(add_to_all, data), "a race");
  EXPECT_DEATH(run(add_one, data, 2), "a race.*of block");
  EXPECT_DEATH(run(reverse_by_shuffle, data), "a race");
  EXPECT_DEATH(run(write_what_all_read, data), "a race: it (writes what several threads|reads what thread 0 )");
}

TEST_F(EmulatedDevice, StopsAtThreadsThatDoNotMeet) {
  EXPECT_DEATH(run(meet_in_part, data), "no thread of block 0 can go on");
  EXPECT_DEATH(run(meet_apart, data), "meet at different calls");
  EXPECT_DEATH(run(ask_without_itself, data), "a mask without the thread");
  EXPECT_DEATH(run(shuffle_from_outside, data), "a shuffle from a lane outside of its mask");
}

TEST_F(EmulatedDevice, RunsWhatIsQueuedWhenSomebodyWaits) {
  std::vector<int> found(threads);
  cudaStream_t stream = nullptr, other = nullptr;
  for (auto* const s : {&stream, &other}) ASSERT_EQ(cudaStreamCreateWithFlags(s, cudaStreamNonBlocking), cudaSuccess);
  auto const now_in_data = [&] {
    EXPECT_EQ(cudaMemcpyAsync(found.data(), data, sizeof(int), cudaMemcpyDeviceToHost, other), cudaSuccess);
    return found[0];
  };
  start_kernel("launch", {dim3(1), dim3(threads), 0, stream}, add_one, data);
  EXPECT_EQ(now_in_data(), 0);
  EXPECT_EQ(cudaStreamQuery(stream), cudaErrorNotReady);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(now_in_data(), 1);

  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
  start_kernel("launch", {dim3(1), dim3(threads), 0, stream}, add_one, data);
  ASSERT_EQ(cudaStreamEndCapture(stream, &graph), cudaSuccess);
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  EXPECT_EQ(now_in_data(), 1) << "it is recorded, not run";
  for (int i = 0; i < 2; ++i) EXPECT_EQ(cudaGraphLaunch(executable, stream), cudaSuccess);
  EXPECT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
  EXPECT_EQ(now_in_data(), 3);

  // Synchronization, allocation and launches of kernels that are not loaded end a capture.
  for (int const what : {0, 1, 2}) {
    ASSERT_EQ(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), cudaSuccess);
    void* memory = nullptr;
    if (what == 0) EXPECT_EQ(cudaStreamSynchronize(stream), cudaErrorStreamCaptureUnsupported);
    if (what == 1) EXPECT_EQ(cudaMalloc(&memory, 8), cudaErrorStreamCaptureUnsupported);
    if (what == 2) EXPECT_ANY_THROW(start_kernel("launch", {dim3(1), dim3(1), 0, stream}, never_loaded, data));
    cudaGraph_t none = nullptr;
    EXPECT_EQ(cudaStreamEndCapture(stream, &none), cudaErrorStreamCaptureInvalidated) << what;
  }
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
  for (auto* const s : {stream, other}) EXPECT_EQ(cudaStreamDestroy(s), cudaSuccess);
}

TEST_F(EmulatedDevice, RefusesLaunchesBeyondItsLimits) {
  for (auto const& [grid, block, shared] : {std::tuple{dim3(0), dim3(1), 0},
                                            {dim3(1), dim3(1025), 0},
                                            {dim3(1, 65536), dim3(1), 0},
                                            {dim3(1), dim3(1), 49153}}) {
    exec::KernelShape const shape{grid, block, static_cast<std::size_t>(shared), nullptr};
    EXPECT_ANY_THROW(start_kernel("launch", shape, add_one, data));
    EXPECT_EQ(cudaGetLastError(), cudaSuccess);
  }
}

}  // namespace
}  // namespace metasolve::test
