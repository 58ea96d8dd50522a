// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include "tests/support/callers_stream.hpp"
#include "tests/support/stream_gate.hpp"

/// Executor::wait_for and make_wait.
namespace metasolve::stream_order_cuda_test {
namespace {

/// An executor on a stream of its own, ordered with the caller's by events alone: as in a program whose current stream
/// changes.
class BesideAStream : public test::OnCallersStream {
 protected:
  void SetUp() override {
    OnCallersStream::SetUp();
    if (IsSkipped()) return;
    beside_.emplace(Executor::cuda(0));
    call_ = call_of("ode", *beside_);
    call_();
    beside_->synchronize();
    expected_ = solutions();
    source_ = place(fetch(y_, unknowns * count));
    copy_ = place(nothing_);
  }
  void TearDown() override {
    call_ = {};
    beside_.reset();
    OnCallersStream::TearDown();
  }
  /// On `stream`: the input arrives, is solved beside the stream, and the output is taken away.
  void submit(cudaStream_t stream) {
    ASSERT_EQ(cudaMemcpyAsync(y_, source_, bytes, cudaMemcpyDeviceToDevice, stream), cudaSuccess);
    beside_->wait_for(stream);
    call_();
    beside_->make_wait(stream);
    ASSERT_EQ(cudaMemcpyAsync(copy_, solution_, bytes, cudaMemcpyDeviceToDevice, stream), cudaSuccess);
  }

  static constexpr std::size_t bytes = unknowns * count * sizeof(double);
  std::optional<Executor> beside_;
  std::function<void()> call_;
  std::vector<double> expected_, nothing_ = std::vector<double>(unknowns * count, -1);
  double *copy_ = nullptr, *source_ = nullptr;
};

TEST_F(BesideAStream, ACallIsOrderedWithItWithoutWaiting) {
  for (cudaStream_t const stream : {stream_, cudaStreamLegacy, cudaStream_t{nullptr}}) {
    for (double* const memory : {y_, solution_, copy_}) executor_->upload(memory, nothing_.data(), bytes);
    test::StreamGate gate(stream);
    submit(stream);
    gate.open();
    ASSERT_EQ(cudaStreamSynchronize(stream), cudaSuccess);
    EXPECT_EQ(fetch(copy_, unknowns * count), expected_);
    EXPECT_FALSE(gate.has_given_up()) << "the call waited for the device";
  }
}

TEST_F(BesideAStream, ACaptureOfItIncludesTheCall) {
  replay_captured([this] { submit(stream_); }, true);
  EXPECT_EQ(fetch(copy_, unknowns * count), expected_);
  executor_->upload(copy_, nothing_.data(), bytes);
  replay_captured([] {}, false);
  EXPECT_EQ(fetch(copy_, unknowns * count), expected_);
  submit(stream_);  // and after the capture the same event orders again
  EXPECT_EQ(fetch(copy_, unknowns * count), expected_);
}

TEST_F(BesideAStream, AnExecutorKnowsItsStreamAndDoesNotWaitForItself) {
  EXPECT_EQ(executor_->stream(), stream_);
  EXPECT_NE(beside_->stream(), nullptr);
  test::StreamGate gate(stream_);
  executor_->wait_for(stream_);
  executor_->make_wait(stream_);
  gate.open();
  EXPECT_FALSE(gate.has_given_up());
}

}  // namespace
}  // namespace metasolve::stream_order_cuda_test
