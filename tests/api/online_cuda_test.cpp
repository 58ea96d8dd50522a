// SPDX-License-Identifier: Apache-2.0
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include "metasolve/detail/online/learner.hpp"
#include "metasolve/online_meta_solver.hpp"
#include "tests/support/callers_stream.hpp"
#include "tests/support/stream_gate.hpp"

/// Calls with an online meta-solver on a caller's CUDA stream: they choose and learn in the stream's order alone, and
/// the replays of a captured one go on learning.
namespace metasolve::online_cuda_test {
namespace {

class OnlineOnAStream : public test::OnCallersStream {
 protected:
  /// Steps of an ODE with the relaxation chosen, or Jacobi iterations with a factor on the guess, or conjugate
  /// gradients with the shift chosen.
  [[nodiscard]] OnlineMetaSolver::Options options(std::string const& name) const {
    OnlineMetaSolver::Parameter parameter{.name = "relaxation", .low = 0.8, .high = 1.9, .constant = 1.37};
    if (name == "jacobi") parameter = {.name = "guess_scale", .low = 0, .high = 2, .constant = 1};
    if (name == "cg") parameter = {.name = "shift", .low = 0, .high = 4, .constant = 0.5};
    return {.parameters = {parameter},
            .features = {{.name = "share", .low = 0, .high = 1, .bins = 4}},
            .capacity = count,
            .constant_share = 0.1};
  }
  /// A solver and a call of it with that.
  [[nodiscard]] std::function<void()> call_with(std::string const& name, OnlineMetaSolver& online) {
    auto const& on = *executor_;
    Results<double> const results{.iterations = iterations_, .solution = {solution_, unknowns, 1}};
    Stopping<double> const stopping{1e-9, 500};
    Policy const policy{.online = {&online, {y_ + 2, unknowns, 1}}};
    BatchView<double const> const y{y_, unknowns, 1};
    if (name == "ode") {
      auto const ode = std::make_shared<ImplicitEulerSolver>(on, ImplicitEulerSolver::System{"robertson", true},
                                                             metasolve::Setup{count});
      return [=, c = c_] {
        ode->solve({.count = count, .previous = y, .parameters = {c, 0, 1}, .step = 0.01, .relaxation = 1.37}, stopping,
                   results, policy);
      };
    }
    if (name == "jacobi") {
      auto const jacobi = std::make_shared<JacobiSolver<double>>(
          JacobiSolver<double>::poisson(on, unknowns, Measure::relative_residual, metasolve::Setup{count}));
      return [=] { jacobi->solve({.count = count, .rhs = y, .guess = y}, stopping, results, policy); };
    }
    std::vector<std::int32_t> const begin{0, 1, 3, 5}, column{0, 0, 1, 1, 2};
    auto const cg =
        std::make_shared<CgSolver>(on, Pattern{begin, column}, CgSolver::Options{}, metasolve::Setup{count});
    return [=, matrix = matrix_] {
      cg->solve({.count = count, .values = {matrix, 0, 1}, .rhs = y, .shift = 0.5}, stopping, results, policy);
    };
  }
  /// What the calls did.
  struct Call {
    std::vector<std::int32_t> counts;
    std::vector<double> solutions, chosen;
    bool operator==(Call const&) const = default;
  };
  Call taken(OnlineMetaSolver const& online) {
    return {counts(), solutions(), fetch(online.learner().chosen(), count)};
  }

  static constexpr char const* solvers[] = {"ode", "jacobi", "cg"};
  static constexpr int calls = 8;
};

/// The calls counter is the device's: each replay chooses anew, as the call would.
TEST_F(OnlineOnAStream, ReplaysGoOnLearning) {
  for (char const* const name : solvers) {
    SCOPED_TRACE(name);
    OnlineMetaSolver called(*executor_, options(name)), replayed(*executor_, options(name));
    auto const call = call_with(name, called), captured = call_with(name, replayed);
    std::vector<Call> expected;
    for (int c = 0; c < calls; ++c) {
      call();
      expected.push_back(taken(called));
    }
    EXPECT_NE(expected[0].chosen, expected[calls - 1].chosen) << "it learns";
    for (int c = 0; c < calls; ++c) {
      replay_captured(captured, c == 0);
      EXPECT_TRUE(taken(replayed) == expected[static_cast<std::size_t>(c)]) << "replay " << c;
    }
    EXPECT_EQ(replayed.report().calls, calls);
    EXPECT_EQ(replayed.report().tasks, called.report().tasks);
    EXPECT_EQ(replayed.learned(), called.learned());
    captured();  // and after the replays a call goes on
    call();
    EXPECT_TRUE(taken(replayed) == taken(called));
  }
}

TEST_F(OnlineOnAStream, CallsNeitherWaitNorGoPastTheStream) {
  for (char const* const name : solvers) {
    SCOPED_TRACE(name);
    OnlineMetaSolver first(*executor_, options(name)), second(*executor_, options(name));
    auto const expected_call = call_with(name, first), call = call_with(name, second);
    for (int c = 0; c < calls; ++c) expected_call();
    auto const expected = counts();
    auto const learned = first.learned();
    clear();
    ASSERT_EQ(cudaStreamSynchronize(stream_), cudaSuccess);
    test::StreamGate gate(stream_);
    for (int c = 0; c < calls; ++c) call();  // all return while the stream is blocked
    std::vector<std::int32_t> before(count);
    cudaStream_t other = nullptr;
    ASSERT_EQ(cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking), cudaSuccess);
    ASSERT_EQ(cudaMemcpyAsync(before.data(), iterations_, count * sizeof(std::int32_t), cudaMemcpyDeviceToHost, other),
              cudaSuccess);
    ASSERT_EQ(cudaStreamSynchronize(other), cudaSuccess);
    EXPECT_EQ(before, std::vector<std::int32_t>(count, -1)) << "nothing has run beside the stream";
    gate.open();
    EXPECT_EQ(counts(), expected);
    EXPECT_FALSE(gate.has_given_up()) << "a call waited for the device";
    EXPECT_EQ(second.learned(), learned);
    EXPECT_EQ(cudaStreamDestroy(other), cudaSuccess);
  }
}

}  // namespace
}  // namespace metasolve::online_cuda_test
