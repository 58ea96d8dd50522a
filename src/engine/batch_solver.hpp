// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>

#include "metasolve/detail/engine/solve_stage.hpp"
#include "metasolve/detail/network/predictor.hpp"

namespace metasolve::engine {

/// Most tasks whose features and activations a wide network holds at a time.
inline constexpr std::int64_t most_in_network = 1 << 16;

/// The source of a call's parameters, and the handling of failed tasks.
struct Plan {
  bool predicts = false;                  ///< use the meta-solver; else the tasks' own parameters
  bool guards = false;                    ///< check predicted parameters and replace unusable ones by the tasks' own
  bool retries = false;                   ///< with predicts: solve failed tasks again with their own parameters
  std::int32_t first_max_iterations = 0;  ///< with retries: iteration limit of the first attempt; 0: the call's limit
};

/// Parameters chosen elsewhere, in the stage's proposal, and memory for results that the caller did not request, each
/// [slots].
struct Proposal {
  std::int32_t const* limits = nullptr;  ///< of the first attempt
  std::int32_t* status = nullptr;
  std::int32_t* iterations = nullptr;
  Origin* origin = nullptr;
};

/// The one way to solve a batch: inference, fused into the solve for a small network and before it otherwise; the
/// guard; the solve; the second attempt for failed tasks. Calls are ordered on the executor's stream, allocate nothing
/// and, unless the stage waits, do not wait.
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
  /// stage and what inputs refers to must outlive this object. retries: whether any call retries.
  BatchSolver(exec::Backend& exec, SolveStage<Scalar>& stage, std::int64_t capacity, bool retries)
      : stage_(&stage), status_(exec, retries ? capacity : 0), origin_(exec, retries ? capacity : 0) {}

  /// Sets the meta-solver. part: tasks that the network processes at a time.
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

  /// run: slots, first_task, tolerance, limit, result arrays; without prediction also theta, else null. Modifies run.
  /// tally: may be null; the caller zeroes it. origin: may be null.
  void solve(Arguments& run, Plan const& plan, Origin* origin = nullptr, Tally* tally = nullptr) {
    if (run.slots == 0) return;
    bool const retries = plan.predicts && plan.retries;
    if (retries) {  // the second attempt needs these, and the caller did not request them
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

  /// With proposed parameters, guarded; failed tasks again with their own. Every result of `proposal` is then in `run`.
  void solve(Arguments& run, Proposal const& proposal, Origin*& origin, Tally* tally = nullptr) {
    if (run.status == nullptr) run.status = proposal.status;
    if (run.iterations == nullptr) run.iterations = proposal.iterations;
    if (origin == nullptr) origin = proposal.origin;
    if (run.slots == 0) return;
    run.is_retried = true;
    run.origin = origin;
    run.attempt_limits = proposal.limits;
    kernels::Guard const guard{true, origin, tally};
    stage_->attempt(run, kernels::Attempt::proposed, guard);
    run.adds_iterations = true;
    run.is_retried = false;
    run.attempt_limits = nullptr;
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

/// The tasks from `first` on.
template <class Scalar>
kernels::BatchView<Scalar const> from(kernels::BatchView<Scalar const> view, std::int64_t first) {
  if (view) view.data += first * view.task_stride;
  return view;
}
}  // namespace metasolve::engine
