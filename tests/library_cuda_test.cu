// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "caller_memory.hpp"
#include "expect_message.hpp"
#include "metasolve/ode_solver.hpp"

/// The library on a caller's CUDA stream: a call neither waits nor leaves the stream, and a graph of it can be
/// replayed.
namespace metasolve {
namespace {

constexpr std::size_t count = 3000;

config::RunConfig robertson_config(int width) {
  config::RunConfig c;
  c.problem.name = "robertson";
  c.network.hidden = {width, width};
  c.network.activation = kernels::Activation::relu;
  c.network.precision = engine::Precision::single_precision;
  c.network.initial_gain = 0.1;
  return c;
}

class OnCallersStream : public ::testing::Test {
 protected:
  void SetUp() override {
    if (exec::cuda_device_count() == 0) GTEST_SKIP() << exec::cuda_runtime_info().problem;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    executor_.emplace(Executor::cuda(0, stream_));
    c_ = place(std::vector<double>{0.04, 3e7, 1e4});
    std::vector<double> y(3 * count);
    for (std::size_t t = 0; t < count; ++t) {
      double const part = static_cast<double>(t) / count;
      y[3 * t] = 1 - part;
      y[3 * t + 2] = part;
    }
    y_ = place(y);
    iterations_ = place(std::vector<std::int32_t>(count));
    solution_ = place(std::vector<double>(3 * count));
  }
  void TearDown() override {
    if (graph_ != nullptr) EXPECT_EQ(cudaGraphExecDestroy(graph_), cudaSuccess);
    memory_.clear();
    executor_.reset();
    if (stream_ != nullptr) EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
  }
  template <class T>
  T* place(std::vector<T> const& values) {
    auto memory = executor_->allocate(values.size() * sizeof(T));
    executor_->upload(memory.get(), values.data(), values.size() * sizeof(T));
    memory_.push_back(memory);
    return static_cast<T*>(memory.get());
  }
  template <class T>
  std::vector<T> fetch(T const* from, std::size_t n) {
    std::vector<T> values(n);
    executor_->download(values.data(), from, n * sizeof(T));
    return values;
  }
  [[nodiscard]] OdeSolver solver(int width) const {
    std::optional<MetaSolver> meta;
    if (width > 0) meta = test::meta_solver(robertson_config(width));
    return {*executor_, {"robertson", true}, {count, meta}};
  }
  void solve(OdeSolver& ode) {
    ode.solve({.count = count, .previous = {y_, 3, 1}, .parameters = {c_, 0, 1}, .step = 0.01, .relaxation = 1.37},
              {1e-9, 500}, {.iterations = iterations_, .solution = {solution_, 3, 1}}, {.retry = true});
  }
  void clear() {
    ASSERT_EQ(cudaMemsetAsync(iterations_, 0xff, count * sizeof(std::int32_t), stream_), cudaSuccess);
    ASSERT_EQ(cudaMemsetAsync(solution_, 0xff, 3 * count * sizeof(double), stream_), cudaSuccess);
  }

  /// Launches the graph of a call of `ode`, which captures records anew.
  void replay_captured(OdeSolver& ode, bool captures) {
    if (captures) {
      if (graph_ != nullptr) ASSERT_EQ(cudaGraphExecDestroy(graph_), cudaSuccess);
      cudaGraph_t graph = nullptr;
      ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
      solve(ode);
      ASSERT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
      ASSERT_EQ(cudaGraphInstantiate(&graph_, graph, 0), cudaSuccess);
      ASSERT_EQ(cudaGraphDestroy(graph), cudaSuccess);
    }
    clear();
    ASSERT_EQ(cudaGraphLaunch(graph_, stream_), cudaSuccess);
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  }

  cudaGraphExec_t graph_ = nullptr;
  cudaStream_t stream_ = nullptr;
  std::optional<Executor> executor_;
  std::vector<std::shared_ptr<void>> memory_;
  double *c_ = nullptr, *y_ = nullptr, *solution_ = nullptr;
  std::int32_t* iterations_ = nullptr;
};

/// Without a meta-solver, with one within the solve, with one before it.
constexpr int widths[] = {0, 16, 200};

TEST_F(OnCallersStream, ACapturedCallIsReplayed) {
  for (int const width : widths) {
    SCOPED_TRACE(width);
    auto ode = solver(width);
    solve(ode);
    auto const counts = fetch(iterations_, count);
    auto const solutions = fetch(solution_, 3 * count);
    for (int replay = 0; replay < 3; ++replay) replay_captured(ode, replay == 0);
    EXPECT_EQ(fetch(iterations_, count), counts);
    EXPECT_EQ(fetch(solution_, 3 * count), solutions);
  }
}

/// Each width in a process of its own, where nothing has been loaded that the solver itself has not.
class FirstCall : public OnCallersStream, public ::testing::WithParamInterface<int> {};
TEST_P(FirstCall, CanBeCaptured) {
  auto ode = solver(GetParam());
  replay_captured(ode, true);
  auto const counts = fetch(iterations_, count);
  clear();
  solve(ode);
  EXPECT_EQ(fetch(iterations_, count), counts);
}
INSTANTIATE_TEST_SUITE_P(Widths, FirstCall, ::testing::ValuesIn(widths));

/// What the stream waits for until the caller lets it go, or too long.
struct Gate {
  std::atomic<bool> is_open{false}, waited_in_vain{false};
  static void wait(void* gate) {
    auto& g = *static_cast<Gate*>(gate);
    auto const start = std::chrono::steady_clock::now();
    while (!g.is_open) {
      if (std::chrono::steady_clock::now() - start > std::chrono::seconds(20)) {
        g.waited_in_vain = true;
        return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

TEST_F(OnCallersStream, ACallNeitherWaitsNorGoesPastTheStream) {
  for (int const width : widths) {
    auto ode = solver(width);
    solve(ode);
    auto const counts = fetch(iterations_, count);
    clear();
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    Gate gate;
    ASSERT_EQ(cudaLaunchHostFunc(stream_, Gate::wait, &gate), cudaSuccess);
    solve(ode);  // comes back while the stream stands still
    std::vector<std::int32_t> before(count);
    cudaStream_t other = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMemcpyAsync(before.data(), iterations_, count * sizeof(std::int32_t), cudaMemcpyDeviceToHost, other),
              cudaSuccess);
    ASSERT_EQ(cudaStreamSynchronize(other), cudaSuccess);
    EXPECT_EQ(before, std::vector<std::int32_t>(count, -1)) << "nothing has run beside the stream";
    gate.is_open = true;
    EXPECT_EQ(fetch(iterations_, count), counts);
    EXPECT_FALSE(gate.waited_in_vain) << "the call waited for the device";
    EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
  }
}

TEST_F(OnCallersStream, MemoryThatTheDeviceDoesNotReachIsNamed) {
  int reaches = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&reaches, cudaDevAttrPageableMemoryAccess, 0), cudaSuccess);
  if (reaches != 0) GTEST_SKIP() << "this device reaches all memory";
  auto ode = solver(0);
  std::vector<double> host(3 * count);
  test::expect_message<InputError>(
      [&] {
        ode.solve({.count = count, .previous = {host.data(), 3, 1}, .parameters = {c_, 0, 1}, .step = 0.01}, {}, {});
      },
      {"tasks.previous", "host memory"});
}

}  // namespace
}  // namespace metasolve
