// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "metasolve/cg_solver.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/implicit_euler_solver.hpp"
#include "metasolve/jacobi_solver.hpp"
#include "tests/support/caller_memory.hpp"

namespace metasolve::test {

/// A caller's stream with an executor on it, and calls of all solvers.
class OnCallersStream : public ::testing::Test {
 protected:
  static constexpr std::size_t count = 3000;
  static constexpr int unknowns = 3;  ///< per task of each solver

  void SetUp() override {
    if (auto const reason = reason_to_skip("cuda"); !reason.empty()) GTEST_SKIP() << reason;
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
      if (name != "ode" && name != "ode_gradient")
        setup.meta_solver = meta_solver(robertson_network(std::stoi(name.substr(4))));
      auto const ode = std::make_shared<ImplicitEulerSolver>(on, ImplicitEulerSolver::System{"robertson", true}, setup);
      ImplicitEulerSolver::Tasks const tasks{
          .count = count, .previous = y, .parameters = {c_, 0, 1}, .step = 0.01, .relaxation = 1.37};
      if (name == "ode_gradient") {
        ImplicitEulerSolver::Gradient const gradient{
            .solution = y, .solution_bar = y, .previous_bar = {solution_, unknowns, 1}};
        return [=, status = iterations_] { ode->gradient(tasks, gradient, status); };
      }
      return [=] { ode->solve(tasks, stopping, results, policy); };
    }
    if (name.starts_with("jacobi")) {
      c.of<problems::PoissonSettings>().unknowns = unknowns;
      if (name != "jacobi") setup.meta_solver = meta_solver(c);
      auto const jacobi = std::make_shared<JacobiSolver<double>>(
          JacobiSolver<double>::poisson(on, unknowns, Measure::relative_residual, setup));
      JacobiSolver<double>::Tasks const tasks{.count = count, .rhs = y};
      return [=] { jacobi->solve(tasks, stopping, results, policy); };
    }
    c.problem.name = "spd";
    if (name != "cg") setup.meta_solver = meta_solver(c);
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

}  // namespace metasolve::test
