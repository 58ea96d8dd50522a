// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>
#include <optional>

#include "tests/support/executors.hpp"
#include "tests/support/stream_gate.hpp"
#include "tests/support/train_some.hpp"

/// A training step on a CUDA stream: the host never synchronizes, and it can be captured.
namespace metasolve::test::learner_cuda_test {
namespace {

constexpr std::int64_t batch = 64;

class StepsOnAStream : public ::testing::TestWithParam<engine::Optimizer> {
 protected:
  void SetUp() override {
    if (auto const reason = reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
    ASSERT_EQ(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), cudaSuccess);
    executor_.emplace(Executor::cuda(0, stream_));
  }
  void TearDown() override {
    executor_.reset();
    if (stream_ != nullptr) {
      EXPECT_EQ(cudaStreamDestroy(stream_), cudaSuccess);
    }
  }
  /// At the beginning of an epoch with tasks for ten steps; Levenberg-Marquardt uses all tasks in each step.
  [[nodiscard]] std::unique_ptr<engine::Learner> learner() const {
    auto c = small_config();
    c.optimizer.kind = GetParam();
    c.problem.train_tasks = tasks();
    auto result = fresh_learner(*executor_, c);
    std::vector<std::int32_t> order(static_cast<std::size_t>(tasks()));
    std::iota(order.begin(), order.end(), 0);
    engine::EpochSettings const settings{0.01, c.solver.tolerance};
    result->begin_epoch(order, {&settings, 1});
    return result;
  }
  static std::int64_t tasks() { return GetParam() == engine::Optimizer::adam ? 10 * batch : batch; }

  cudaStream_t stream_ = nullptr;
  std::optional<Executor> executor_;
};

TEST_P(StepsOnAStream, AreAskedForWithoutWaiting) {
  // A Levenberg-Marquardt step has some hundred launches, and a stream queues about a thousand before further launches
  // block.
  int const steps = GetParam() == engine::Optimizer::adam ? 3 : 1;
  auto const plain = learner(), gated = learner();
  for (int step = 0; step < 3 + steps; ++step) plain->step(batch);
  // The first steps, which load kernels and record a graph, may synchronize.
  for (int step = 0; step < 3; ++step) gated->step(batch);
  ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
  StreamGate gate(stream_);
  for (int step = 0; step < steps; ++step) gated->step(batch);
  ASSERT_FALSE(gate.has_given_up()) << "a step waited for the device";
  EXPECT_EQ(cudaStreamQuery(stream_), cudaErrorNotReady) << "and what it asks for goes by the stream";
  gate.open();
  EXPECT_EQ(gated->save().front().weights, plain->save().front().weights);
}

TEST_P(StepsOnAStream, CanBeCapturedAndReplayed) {
  if (GetParam() != engine::Optimizer::adam) GTEST_SKIP() << "Cholesky factorisations may not be captured";
  auto const plain = learner(), captured = learner();
  for (int step = 0; step < 5; ++step) plain->step(batch);
  captured->step(batch);  // loads the kernels
  cudaGraph_t graph = nullptr;
  ASSERT_EQ(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal), cudaSuccess);
  captured->step(batch);
  ASSERT_EQ(cudaStreamEndCapture(stream_, &graph), cudaSuccess);
  cudaGraphExec_t executable = nullptr;
  ASSERT_EQ(cudaGraphInstantiate(&executable, graph, 0), cudaSuccess);
  for (int replay = 0; replay < 4; ++replay) EXPECT_EQ(cudaGraphLaunch(executable, stream_), cudaSuccess);
  EXPECT_EQ(captured->save().front().weights, plain->save().front().weights);
  EXPECT_EQ(cudaGraphExecDestroy(executable), cudaSuccess);
  EXPECT_EQ(cudaGraphDestroy(graph), cudaSuccess);
}

TEST_P(StepsOnAStream, DoNotHearOfTheProgramsOwnFailures) {
  auto const plain = learner(), beside = learner();
  for (int step = 0; step < 3; ++step) {
    plain->step(batch);
    EXPECT_NE(cudaSetDevice(1 << 20), cudaSuccess);  // its caller received the error, and has not queried it again
    EXPECT_NO_THROW(beside->step(batch));
  }
  EXPECT_EQ(beside->save().front().weights, plain->save().front().weights);
  [[maybe_unused]] cudaError_t const left = cudaGetLastError();
}

INSTANTIATE_TEST_SUITE_P(Optimizers, StepsOnAStream,
                         ::testing::Values(engine::Optimizer::adam, engine::Optimizer::levenberg_marquardt),
                         [](auto const& tested) {
                           return tested.param == engine::Optimizer::adam ? "Adam" : "LevenbergMarquardt";
                         });

}  // namespace
}  // namespace metasolve::test::learner_cuda_test
