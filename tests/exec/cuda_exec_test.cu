// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/exec/cuda/cuda_exec.cuh"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <stdexcept>

#include "metasolve/detail/exec/cuda/cuda_product.hpp"
#include "metasolve/error.hpp"
#include "metasolve/kernels/operators/poisson_stencil.hpp"
#include "metasolve/kernels/solvers/jacobi.hpp"
#include "tests/support/executors.hpp"
#include "tests/support/thread_team.hpp"

/// Launches on a CUDA device: elements, teams of each kind, and replay.
namespace metasolve::test {
namespace {

using exec::Buffer;
using exec::CudaExec;
using exec::CudaReplays;
using Solver = kernels::Jacobi<kernels::PoissonStencil<double>>;

class CudaLaunch : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto const reason = reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
    cuda = std::make_unique<CudaExec>(0, nullptr);
  }
  template <class T>
  Buffer<T> upload(std::vector<T> const& values) {
    Buffer<T> buffer(*cuda, static_cast<std::int64_t>(values.size()));
    buffer.upload(values.data(), buffer.size());
    return buffer;
  }
  template <class T>
  static std::vector<T> download(Buffer<T> const& buffer) {
    std::vector<T> values(static_cast<std::size_t>(buffer.size()));
    buffer.download(values.data(), buffer.size());
    return values;
  }
  /// More elements than a launch has threads, so that threads loop.
  static int many() {
    int multiprocessors = 0;
    EXPECT_EQ(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, 0), cudaSuccess);
    return 3 * 16 * multiprocessors * exec::element_block_threads + 1;
  }
  std::unique_ptr<CudaExec> cuda;
};

struct AddOne {
  using scalar = double;
  double* x;
  std::int64_t columns;
  template <class Number>
  METASOLVE_HD void operator()(std::int64_t row, std::int64_t column) const {
    double* const at = x + row * columns + column;
    kernels::store<Number>(at, kernels::load<Number>(at) + Number(1.0));
  }
};

TEST_F(CudaLaunch, VisitsEachElementOnce) {
  for (auto const& [rows, columns] : {std::pair{1, 1}, {1, many()}, {many(), 1}, {many() / 2, 3}, {33, 257}, {0, 5}}) {
    Buffer<double> x(*cuda, std::int64_t{rows} * columns);
    cuda->launch(rows, columns, AddOne{x.data(), columns});
    ASSERT_EQ(download(x), std::vector<double>(static_cast<std::size_t>(x.size()), 1.0)) << rows << " " << columns;
  }
}

TEST_F(CudaLaunch, ReplayDoesTheWorkOfEachCallOnce) {
  Buffer<double> x(*cuda, 10);
  Buffer<double> sum(*cuda, 1);
  CudaReplays replays(*cuda), others(*cuda);
  others.run(7, [] {});  // each has its own keys
  others.run(7, [] {});
  int runs = 0;
  for (int call = 1; call <= 5; ++call) {
    replays.run(7, [&] {
      ++runs;
      cuda->launch(2, 5, AddOne{x.data(), 5});
      cuda->add_sum(x.data(), 10, sum.data());
    });
    EXPECT_EQ(download(x), std::vector<double>(10, call));
    EXPECT_EQ(download(sum)[0], 10 * call * (call + 1) / 2);
  }
  EXPECT_EQ(runs, 2);  // one plain, one recorded
}

TEST_F(CudaLaunch, ReplayEndsItsCaptureWhenTheWorkThrows) {
  auto const fail = [](bool now) {
    if (now) throw std::logic_error("on purpose");
  };
  CudaReplays replays(*cuda);
  replays.run(1, [&] { fail(false); });
  EXPECT_THROW(replays.run(1, [&] { fail(true); }), std::logic_error);
  Buffer<double> x(*cuda, 4);  // allocates: no capture may be open
  cuda->launch(1, 4, AddOne{x.data(), 4});
  EXPECT_EQ(download(x), std::vector<double>(4, 1.0));
}

TEST_F(CudaLaunch, WhatWaitsIsRefusedDuringACapture) {
  Buffer<double> x(*cuda, 4);
  CudaReplays replays(*cuda);
  replays.run(2, [] {});
  EXPECT_THROW(replays.run(2, [&] { x.zero(), (void)download(x); }), DeviceError);
  EXPECT_EQ(download(x), std::vector<double>(4));
}

TEST_F(CudaLaunch, WhatItCannotReachIsNamed) {
  Buffer<double> x(*cuda, 4);
  EXPECT_EQ(cuda->unreachable(x.data(), x.bytes()), nullptr);
  double* pinned = nullptr;
  ASSERT_EQ(cudaMallocHost(reinterpret_cast<void**>(&pinned), sizeof(double)), cudaSuccess);
  EXPECT_EQ(cuda->unreachable(pinned, sizeof(double)), nullptr);
  EXPECT_EQ(cudaFreeHost(pinned), cudaSuccess);
  int reaches = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&reaches, cudaDevAttrPageableMemoryAccess, 0), cudaSuccess);
  double own = 0;
  EXPECT_EQ(cuda->unreachable(&own) == nullptr, reaches != 0);
  EXPECT_EQ(cudaGetLastError(), cudaSuccess) << "nothing is left for the next call to find";
}

}  // namespace

/// Counts how often each position was handed out, in the kind of team that its state's size requires.
struct CountPositions {
  using solver_type = Solver;
  using scalar = double;
  static constexpr bool takes_batches = false;
  Solver solver;
  std::int32_t* times;
  [[nodiscard]] METASOLVE_HD int scratch_size() const { return 1; }
  [[nodiscard]] METASOLVE_HD std::int64_t global_size() const { return 0; }
  template <class Number, class T, class Source, class Scratch, class Global>
  METASOLVE_HD void run(T const& team, Source& source, Scratch, Global) const {
    for (std::int64_t at = source(); at >= 0; at = source()) {
      if (team.rank() == 0) ++times[at];
    }
  }
};

namespace {

void expect_each_position_once(CudaExec& cuda, int unknowns) {
  CountPositions body{{{unknowns}, kernels::Measure::relative_residual, {}, {}}, nullptr};
  std::int64_t const most_teams = cuda.lanes_in_flight(body, std::int64_t{1} << 40);
  for (std::int64_t const slots :
       {std::int64_t{1}, std::int64_t{31}, std::int64_t{33}, most_teams, 3 * most_teams + 1}) {
    SCOPED_TRACE(std::to_string(unknowns) + " unknowns, " + std::to_string(slots) + " slots");
    Buffer<std::int32_t> times(cuda, slots);
    body.times = times.data();
    Buffer<std::byte> workspace(cuda, cuda.team_bytes(body, slots));
    CudaReplays replays(cuda);
    // A plain run, a recording with its first replay, and two more replays.
    for (int call = 0; call < 4; ++call) {
      replays.run(0, [&] { cuda.launch_teams(body, workspace.data(), slots); });
    }
    std::vector<std::int32_t> result(static_cast<std::size_t>(slots));
    times.download(result.data(), slots);
    EXPECT_EQ(result, std::vector<std::int32_t>(static_cast<std::size_t>(slots), 4));
  }
}

TEST_F(CudaLaunch, TeamsOfEachKindTakeEachPositionOnceInReplaysToo) {
  for (int const unknowns : {3, 15, 127, 600}) expect_each_position_once(*cuda, unknowns);
}

TEST_F(CudaLaunch, AProductWithoutALibraryIsThatOfTheLibrary) {
  std::int64_t const m = 70, n = 45, k = 33, batch = 3;
  std::vector<double> a(batch * m * k), b(batch * k * n), c(batch * m * n);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::sin(static_cast<double>(i));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = std::cos(static_cast<double>(3 * i));
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<double>(i % 7);
  auto const on_a = upload(a), on_b = upload(b);
  auto plain = upload(c), library = upload(c);
  exec::Gemm<double> g{.m = m,
                       .n = n,
                       .k = k,
                       .alpha = 0.5,
                       .a = on_a.data(),
                       .lda = k,
                       .b = on_b.data(),
                       .ldb = n,
                       .beta = -2,
                       .c = library.data(),
                       .ldc = n,
                       .batch = batch,
                       .stride_a = m * k,
                       .stride_b = k * n,
                       .stride_c = m * n};
  cuda->gemm(g);
  g.c = plain.data();
  exec::plain_product(g, cuda->stream());
  auto const expected = download(library), found = download(plain);
  for (std::size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-12) << "element " << i;
}

constexpr double tolerance = 0.3;
constexpr std::int32_t limit = 60;
constexpr double gain = 20;

/// Results of a differentiation.
struct Outcome {
  std::vector<std::int32_t> iterations;
  std::vector<double> measure, theta_bar;
};

Outcome on_device(CudaExec& cuda, int unknowns, int tape_slots, std::vector<double> const& rhs,
                  std::vector<double> const& theta, std::int64_t slots) {
  auto const filled = [&](auto const& values) {
    Buffer<std::decay_t<decltype(values[0])>> b(cuda, static_cast<std::int64_t>(values.size()));
    b.upload(values.data(), b.size());
    return b;
  };
  auto const f = filled(rhs);
  auto const t = filled(theta);
  auto const constants = filled(std::vector<double>{tolerance, gain});
  auto const limits = filled(std::vector<std::int32_t>{limit});
  Buffer<std::int32_t> iterations(cuda, slots);
  Buffer<double> measure(cuda, slots), theta_bar(cuda, slots * unknowns);
  kernels::LockstepArguments<double> a;
  a.slots = slots;
  a.theta = {t.data(), unknowns, 1};
  a.tolerance = {constants.data(), 0};
  a.max_iterations = {limits.data(), 0};
  a.gain = constants.data() + 1;
  a.iterations = iterations.data();
  a.measure = measure.data();
  a.theta_bar = {theta_bar.data(), unknowns, 1};
  Solver const solver{{unknowns}, kernels::Measure::relative_residual, {f.data(), unknowns, 1}, {}};
  exec::DifferentiateBody<Solver> const body{solver, a, tape_slots};
  Buffer<std::byte> workspace(cuda, cuda.team_bytes(body, slots));
  cuda.launch_teams(body, workspace.data(), slots);

  Outcome o{std::vector<std::int32_t>(slots), std::vector<double>(slots), std::vector<double>(slots * unknowns)};
  iterations.download(o.iterations.data(), slots);
  measure.download(o.measure.data(), slots);
  theta_bar.download(o.theta_bar.data(), slots * unknowns);
  return o;
}

Outcome on_host(int unknowns, std::vector<double> const& rhs, std::vector<double> const& theta, std::int64_t slots) {
  Outcome o{std::vector<std::int32_t>(slots), std::vector<double>(slots), std::vector<double>(slots * unknowns)};
  kernels::LockstepArguments<double> a;
  a.slots = slots;
  a.theta = {theta.data(), unknowns, 1};
  a.tolerance = {&tolerance, 0};
  a.max_iterations = {&limit, 0};
  a.gain = &gain;
  a.iterations = o.iterations.data();
  a.measure = o.measure.data();
  a.theta_bar = {o.theta_bar.data(), unknowns, 1};
  Solver const solver{{unknowns}, kernels::Measure::relative_residual, {rhs.data(), unknowns, 1}, {}};
  run_on_solo_team(exec::DifferentiateBody<Solver>{solver, a, limit + 2}, slots);
  return o;
}

// A thread, a half warp, a warp and a block; with the last, two vectors do not fit in shared memory.
TEST_F(CudaLaunch, TeamsOfEachKindDoWhatOneThreadOfTheHostDoes) {
  int shared_bytes = 0;
  ASSERT_EQ(cudaDeviceGetAttribute(&shared_bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, 0), cudaSuccess);
  int const beyond_shared = shared_bytes / static_cast<int>(2 * sizeof(double)) + 1;
  for (auto const& [unknowns, slots] :
       {std::pair{1, std::int64_t{3001}}, {5, 3001}, {9, 301}, {15, 301}, {127, 70}, {600, 11}, {beyond_shared, 4}}) {
    std::mt19937 random(5);
    std::uniform_real_distribution<double> uniform(-1, 1);
    std::vector<double> rhs(slots * unknowns), theta(slots * unknowns);
    for (double& x : rhs) x = uniform(random);
    for (double& x : theta) x = uniform(random);
    auto const expected = on_host(unknowns, rhs, theta, slots);
    for (int const tape_slots : {3, 8, limit + 2}) {
      SCOPED_TRACE(std::to_string(unknowns) + " unknowns, tape slots " + std::to_string(tape_slots));
      auto const result = on_device(*cuda, unknowns, tape_slots, rhs, theta, slots);
      ASSERT_EQ(result.iterations, expected.iterations);
      for (std::size_t i = 0; i < result.measure.size(); ++i) {
        ASSERT_NEAR(result.measure[i], expected.measure[i], 1e-11 * (1 + std::abs(expected.measure[i])));
      }
      for (std::size_t i = 0; i < result.theta_bar.size(); ++i) {
        ASSERT_NEAR(result.theta_bar[i], expected.theta_bar[i], 1e-9) << "element " << i;
      }
      // A task's bits equal those of the task alone: in a batch of 3, whose blocks are smaller.
      auto const few = on_device(*cuda, unknowns, tape_slots, rhs, theta, 3);
      EXPECT_EQ(std::memcmp(few.theta_bar.data(), result.theta_bar.data(), few.theta_bar.size() * sizeof(double)), 0);
    }
  }
}

}  // namespace
}  // namespace metasolve::test
