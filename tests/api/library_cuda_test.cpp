// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/caller_memory.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/stream_gate.hpp"

/// The library on a caller's CUDA stream: a call neither synchronizes nor leaves the stream, and its graph can be
/// replayed.
namespace metasolve::library_cuda_test {
namespace {

constexpr std::size_t count = 3000;
constexpr int unknowns = 3;  // per task of each solver

/// Each solver without a meta-solver, with a network before the solve, and fused into it where supported.
char const* const solvers[] = {"ode", "ode_16", "ode_200", "jacobi", "jacobi_meta", "cg", "cg_meta"};

class OnCallersStream : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto const reason = test::reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    executor_.emplace(Executor::cuda(0, stream_));
    c_ = place(std::vector<double>{0.04, 3e7, 1e4});
    matrix_ = place(std::vector<double>{4, -1, 4, -1, 4});
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
    if (graph_ != nullptr) {
      EXPECT_EQ(cudaGraphExecDestroy(graph_), cudaSuccess);
    }
    memory_.clear();
    executor_.reset();
    if (stream_ != nullptr) {
      EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
    }
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
  /// A solver of `solvers` on this executor, and a call of it.
  [[nodiscard]] std::function<void()> call_of(std::string const& name, Executor const& on) const {
    Results<double> const results{.iterations = iterations_, .solution = {solution_, unknowns, 1}};
    Stopping<double> const stopping{1e-9, 500};
    Policy const policy{.retry = true, .first_max_iterations = 20};
    metasolve::Setup setup{count};
    config::RunConfig c;
    BatchView<double const> const y{y_, unknowns, 1};
    if (name.starts_with("ode")) {
      if (name != "ode") setup.meta_solver = test::meta_solver(test::robertson_network(std::stoi(name.substr(4))));
      auto const ode = std::make_shared<ImplicitEulerSolver>(on, ImplicitEulerSolver::System{"robertson", true}, setup);
      ImplicitEulerSolver::Tasks const tasks{
          .count = count, .previous = y, .parameters = {c_, 0, 1}, .step = 0.01, .relaxation = 1.37};
      return [=] { ode->solve(tasks, stopping, results, policy); };
    }
    if (name.starts_with("jacobi")) {
      c.of<problems::PoissonSettings>().unknowns = unknowns;
      if (name != "jacobi") setup.meta_solver = test::meta_solver(c);
      auto const jacobi = std::make_shared<JacobiSolver<double>>(
          JacobiSolver<double>::poisson(on, unknowns, Measure::relative_residual, setup));
      JacobiSolver<double>::Tasks const tasks{.count = count, .rhs = y};
      return [=] { jacobi->solve(tasks, stopping, results, policy); };
    }
    c.problem.name = "spd";
    if (name != "cg") setup.meta_solver = test::meta_solver(c);
    std::vector<std::int32_t> const begin{0, 1, 3, 5}, column{0, 0, 1, 1, 2};
    auto const cg = std::make_shared<CgSolver>(on, Pattern{begin, column}, CgSolver::Options{}, setup);
    CgSolver::Tasks const tasks{.count = count, .values = {matrix_, 0, 1}, .rhs = y, .shift = 0.1};
    return [=] { cg->solve(tasks, stopping, results, policy); };
  }
  [[nodiscard]] std::function<void()> call_of(std::string const& name) const { return call_of(name, *executor_); }
  std::vector<std::int32_t> counts() { return fetch(iterations_, count); }
  std::vector<double> solutions() { return fetch(solution_, unknowns * count); }
  void clear() {
    ASSERT_EQ(cudaMemsetAsync(iterations_, 0xff, count * sizeof(std::int32_t), stream_), cudaSuccess);
    ASSERT_EQ(cudaMemsetAsync(solution_, 0xff, 3 * count * sizeof(double), stream_), cudaSuccess);
  }

  /// Launches the graph of `call`, which is captured anew if `captures`.
  void replay_captured(std::function<void()> const& call, bool captures) {
    if (captures) {
      if (graph_ != nullptr) {
        ASSERT_EQ(cudaGraphExecDestroy(graph_), cudaSuccess);
      }
      cudaGraph_t graph = nullptr;
      ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeGlobal), cudaSuccess);
      call();
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
  double *c_ = nullptr, *matrix_ = nullptr, *y_ = nullptr, *solution_ = nullptr;
  std::int32_t* iterations_ = nullptr;
};

TEST_F(OnCallersStream, ACapturedCallIsReplayed) {
  for (char const* const name : solvers) {
    SCOPED_TRACE(name);
    auto const call = call_of(name);
    call();
    auto const expected = counts();
    auto const expected_solutions = solutions();
    for (int replay = 0; replay < 3; ++replay) replay_captured(call, replay == 0);
    EXPECT_EQ(counts(), expected);
    EXPECT_EQ(solutions(), expected_solutions);
  }
}

/// Each solver in a separate process, where only what the solver itself needs has been loaded.
class FirstCall : public OnCallersStream, public ::testing::WithParamInterface<char const*> {};
TEST_P(FirstCall, CanBeCaptured) {
  auto const call = call_of(GetParam());
  replay_captured(call, true);
  auto const replayed = counts();
  clear();
  call();
  EXPECT_EQ(counts(), replayed);
}
INSTANTIATE_TEST_SUITE_P(Solvers, FirstCall, ::testing::ValuesIn(solvers),
                         [](auto const& solver) { return std::string(solver.param); });

TEST_F(OnCallersStream, ACallNeitherWaitsNorGoesPastTheStream) {
  for (char const* const name : solvers) {
    SCOPED_TRACE(name);
    auto const call = call_of(name);
    call();
    auto const expected = counts();
    clear();
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    test::StreamGate gate(stream_);
    call();  // returns while the stream is blocked
    std::vector<std::int32_t> before(count);
    cudaStream_t other = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMemcpyAsync(before.data(), iterations_, count * sizeof(std::int32_t), cudaMemcpyDeviceToHost, other),
              cudaSuccess);
    ASSERT_EQ(cudaStreamSynchronize(other), cudaSuccess);
    EXPECT_EQ(before, std::vector<std::int32_t>(count, -1)) << "nothing has run beside the stream";
    gate.open();
    EXPECT_EQ(counts(), expected);
    EXPECT_FALSE(gate.has_given_up()) << "the call waited for the device";
    EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
  }
}

TEST_F(OnCallersStream, MemoryThatTheDeviceDoesNotReachIsNamed) {
  int reaches = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&reaches, cudaDevAttrPageableMemoryAccess, 0), cudaSuccess);
  if (reaches != 0) GTEST_SKIP() << "this device reaches all memory";
  ImplicitEulerSolver ode(*executor_, {"robertson", true}, {count});
  std::vector<double> host(3 * count);
  test::expect_message<InputError>(
      [&] {
        ode.solve({.count = count, .previous = {host.data(), 3, 1}, .parameters = {c_, 0, 1}, .step = 0.01}, {}, {});
      },
      {"tasks.previous", "host memory"});
}

TEST_F(OnCallersStream, AnArgumentThatReachesBeyondItsAllocationIsNamed) {
  int reaches = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&reaches, cudaDevAttrPageableMemoryAccess, 0), cudaSuccess);
  if (reaches != 0) GTEST_SKIP() << "this device reaches all memory";
  ImplicitEulerSolver ode(*executor_, {"robertson", true}, {count});
  test::expect_message<InputError>(
      [&] {
        ode.solve({.count = count, .previous = {y_, std::int64_t{1} << 30, 1}, .parameters = {c_, 0, 1}, .step = 0.01},
                  {}, {});
      },
      {"tasks.previous reaches beyond its allocation"});
  EXPECT_EQ(cudaGetLastError(), cudaSuccess) << "nothing is left for the next call to find";
}

/// Errors of the program's own calls were reported to their caller.
TEST_F(OnCallersStream, ACallDoesNotHearOfTheProgramsOwnFailures) {
  for (char const* const name : solvers) {
    SCOPED_TRACE(name);
    auto const call = call_of(name);
    call();
    auto const expected = counts();
    clear();
    EXPECT_NE(cudaSetDevice(1 << 20), cudaSuccess);
    EXPECT_NO_THROW(call());
    [[maybe_unused]] cudaError_t const left = cudaGetLastError();
    EXPECT_EQ(counts(), expected);
  }
}

/// Executor::cuda creates its own stream for null, and accepts the default streams by their handles.
TEST_F(OnCallersStream, DefaultStreamsAreTakenByTheirHandles) {
  auto const call = call_of("ode_16");
  call();
  auto const expected = counts();
  for (cudaStream_t const stream : {cudaStreamLegacy, cudaStreamPerThread}) {
    auto const on = Executor::cuda(0, stream);
    auto const call_there = call_of("ode_16", on);
    clear();
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    test::StreamGate gate(stream);
    call_there();
    EXPECT_EQ(counts(), std::vector<std::int32_t>(count, -1)) << "ordered after what the stream waits for";
    gate.open();
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(counts(), expected);
    EXPECT_FALSE(gate.has_given_up());
  }
}

TEST_F(OnCallersStream, DevicesThatAreNotThereAreNamed) {
  auto const beyond = exec::device_count("cuda");
  for (int const device : {-1, beyond}) {
    test::expect_message<DeviceError>([&] { Executor::cuda(device, stream_); },
                                      {"cuda:" + std::to_string(device), "does not exist"});
  }
}

TEST_F(OnCallersStream, StreamsAndMemoryOfAnotherDeviceAreNamed) {
  if (exec::device_count("cuda") < 2) GTEST_SKIP() << "there is one CUDA device";
  ASSERT_EQ(cudaSetDevice(1), cudaSuccess);
  cudaStream_t other = nullptr;
  ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
  double* memory = nullptr;
  ASSERT_EQ(cudaMalloc(reinterpret_cast<void**>(&memory), unknowns * count * sizeof(double)), cudaSuccess);
  ASSERT_EQ(cudaSetDevice(0), cudaSuccess);
  std::string whose = "another device";
#if CUDART_VERSION >= 12080
  int of_stream = -1;
  if (cudaStreamGetDevice(other, &of_stream) == cudaSuccess) whose = "device 1";  // older drivers do not support this
  [[maybe_unused]] cudaError_t const left = cudaGetLastError();
#endif
  test::expect_message<DeviceError>([&] { Executor::cuda(0, other); },
                                    {"the stream given belongs to " + whose, "not to device 0"});
  ImplicitEulerSolver ode(*executor_, {"robertson", true}, {count});
  test::expect_message<InputError>(
      [&] {
        ode.solve({.count = count, .previous = {memory, 3, 1}, .parameters = {c_, 0, 1}, .step = 0.01}, {}, {});
      },
      {"tasks.previous is memory of another CUDA device"});
  metasolve::Setup setup{count};
  setup.workspace = {memory, unknowns * count * sizeof(double)};
  test::expect_message<InputError>(
      [&] {
        ImplicitEulerSolver(*executor_, {"robertson", true}, setup);
      },
      {"workspace.data is memory of another CUDA device"});
  EXPECT_EQ(cudaFree(memory), cudaSuccess);
  EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
}

}  // namespace
}  // namespace metasolve::library_cuda_test
