// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>

#include "src/engine/solve_stage.hpp"
#include "src/network/predictor.hpp"

namespace metasolve::engine {

/// Tasks whose features and activations a wide network holds at a time.
inline constexpr std::int64_t most_in_network = 1 << 16;

/// Where a call takes its parameters from, and what it does about tasks that fail.
struct Plan {
  bool predicts = false;  ///< by the meta-solver; else the tasks' own parameters
  bool guards = false;    ///< what was predicted is checked, and replaced by the tasks' own where it is of no use
  bool retries = false;   ///< with predicts: tasks that fail are solved again with their own
  std::int32_t first_max_iterations = 0;  ///< with retries: iteration limit of the first attempt; 0: that of the call
};

/// The one way to solve a batch: inference, within the solve where the network is small and before it elsewhere; the
/// guard; the solve; the second attempt of what failed. Every call is ordered on the executor's stream, allocates
/// nothing and, but for a stage that does, does not wait.
template <class Scalar>
class BatchSolver {
 public:
  using Arguments = kernels::LockstepArguments<Scalar>;
  using View = kernels::BatchView<Scalar const>;

  /// Features and own parameters of tasks first ... first + count - 1, each [count][width].
  struct Inputs {
    View features, given;
  };
  using InputsOf = std::function<Inputs(std::int64_t first, std::int64_t count)>;

  BatchSolver() = default;
  /// stage: must outlive this object; likewise what inputs refers to. retries: whether a call ever does.
  BatchSolver(exec::Backend& exec, SolveStage<Scalar>& stage, std::int64_t capacity, bool retries)
      : stage_(&stage), status_(exec, retries ? capacity : 0), origin_(exec, retries ? capacity : 0) {}

  /// From now on there is a meta-solver. part: tasks that the network takes at a time.
  void set_meta_solver(std::shared_ptr<network::Predictor<Scalar>> predictor, InputsOf inputs, std::int64_t part) {
    predictor_ = std::move(predictor);
    inputs_ = std::move(inputs);
    part_ = part;
  }
  void set_meta_solver(std::unique_ptr<FusedSolve<Scalar>> fused) { fused_ = std::move(fused); }
  [[nodiscard]] bool has_meta_solver() const { return predictor_ != nullptr || fused_ != nullptr; }
  void set_weights(std::vector<double> const& weights) {
    if (predictor_) predictor_->set_weights(weights);
    if (fused_) fused_->set_weights(weights);
  }

  /// run: slots, first_task, tolerance, limit, result arrays; without a prediction also theta, else null; used up.
  /// tally: may be null; zeroed by the caller. origin: may be null.
  void solve(Arguments& run, Plan const& plan, Origin* origin = nullptr, Tally* tally = nullptr) {
    if (run.slots == 0) return;
    bool const retries = plan.predicts && plan.retries;
    if (retries) {  // what a second attempt needs and nobody asked for
      if (run.status == nullptr) run.status = status_.data();
      if (origin == nullptr) origin = origin_.data();
      run.is_retried = true;
      run.origin = origin;
      if (plan.first_max_iterations > 0) run.attempt_max_iterations = plan.first_max_iterations;
    }
    kernels::Guard const guard{plan.guards, origin, tally};
    if (!plan.predicts) {
      return stage_->attempt(run, run.theta ? kernels::Attempt::given : kernels::Attempt::constants, guard);
    }
    if (fused_) {
      fused_->solve(run, guard);
    } else {
      predict_and_solve(run, guard);
    }
    if (!retries) return;
    run.adds_iterations = true;
    run.is_retried = false;
    run.attempt_max_iterations = Arguments{}.attempt_max_iterations;
    stage_->attempt(run, kernels::Attempt::again, guard);
  }

 private:
  void predict_and_solve(Arguments const& run, kernels::Guard const& guard) {
    for (std::int64_t at = 0; at < run.slots; at += part_) {
      std::int64_t const count = std::min(part_, run.slots - at);
      auto const inputs = inputs_(run.first_task + at, count);
      auto part = run;
      part.theta = predictor_->predict(inputs.features, inputs.given, count);
      part.slots = count;
      part.first_task += at;
      auto of_part = guard;
      auto const move = [at](auto*& p) {
        if (p != nullptr) p += at;
      };
      auto const move_view = [at](auto& v) {
        if (v.data != nullptr) v.data += at * v.task_stride;
      };
      move(part.tolerance.data);
      move(part.max_iterations.data);
      move(part.status);
      move(part.iterations);
      move(part.measure);
      move(part.loss);
      move(part.origin);
      move_view(part.solution);
      move_view(part.history);
      move(of_part.origin);
      stage_->attempt(part, kernels::Attempt::chosen, of_part);
    }
  }

  SolveStage<Scalar>* stage_ = nullptr;
  exec::Buffer<std::int32_t> status_;
  exec::Buffer<Origin> origin_;
  std::shared_ptr<network::Predictor<Scalar>> predictor_;
  InputsOf inputs_;
  std::int64_t part_ = 0;
  std::unique_ptr<FusedSolve<Scalar>> fused_;
};

/// Tasks from `first` on.
template <class Scalar>
kernels::BatchView<Scalar const> from(kernels::BatchView<Scalar const> view, std::int64_t first) {
  if (view) view.data += first * view.task_stride;
  return view;
}
/// Of a group, which must outlive what comes back.
template <class Scalar>
typename BatchSolver<Scalar>::InputsOf inputs_of(TaskGroup<Scalar> const& tasks) {
  return [&tasks](std::int64_t first, std::int64_t) {
    return typename BatchSolver<Scalar>::Inputs{from(tasks.features, first), from(tasks.default_parameters, first)};
  };
}

}  // namespace metasolve::engine
