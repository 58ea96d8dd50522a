// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include "tests/support/callers_stream.hpp"
#include "tests/support/expect_message.hpp"
#include "tests/support/stream_gate.hpp"

/// The library on a caller's CUDA stream: a call neither synchronizes nor leaves the stream, and its graph can be
/// replayed.
namespace metasolve::library_cuda_test {
namespace {

using test::OnCallersStream;

/// Each solver without a meta-solver, with a network before the solve, and fused into it where supported.
char const* const solvers[] = {"ode", "ode_16", "ode_200", "ode_gradient", "jacobi", "jacobi_meta", "cg", "cg_meta"};

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
  test::expect_message<DeviceError>([&] { executor_->wait_for(other); }, {"record an event"});
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
