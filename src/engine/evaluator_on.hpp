// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "src/engine/learner_parts.hpp"
#include "src/engine/pipeline.hpp"

namespace metasolve::engine {

/// The evaluator on one kind of executor. Real: the network's precision; Scalar: the solver's.
template <class Exec, class Real, class Scalar>
class EvaluatorOn final : public Evaluator {
 public:
  EvaluatorOn(Executor executor, Exec& exec, LearnerOptions const& options, Tasks const& tasks)
      : executor_(std::move(executor)),
        exec_(exec),
        options_(options),
        capacity_(choose_capacity(options, std::max<std::int64_t>(1, tasks.count))),
        network_(exec, options.network, capacity_, false),
        tasks_(bind<Scalar>(exec, tasks, {.capacity = capacity_, .confirms = true})),
        results_(exec, tasks_.count) {
    if constexpr (std::is_same_v<Real, float>) {
      if (tasks_.fuse) fused_ = tasks_.fuse(options.network, capacity_);
    }
  }

  void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) override {
    if (count > capacity_ || first + count > tasks_.count) {
      throw InputError("solve: tasks " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
                       std::to_string(tasks_.count) + " asked for, at most " + std::to_string(capacity_) +
                       " at a time");
    }
    auto run = results_.arguments(options_, limits);
    run.loss = nullptr;
    run.confirms = true;
    run.status += first;
    run.iterations += first;
    run.measure += first;
    if (parameters == Parameters::meta_solver && fused_) {
      run.slots = count;
      run.first_task = first;
      fused_->solve(run);
      return;
    }
    engine::solve(parameters == Parameters::meta_solver ? &network_ : nullptr, tasks_, run, first, count);
  }

  Outcomes outcomes() override {
    auto const n = static_cast<std::size_t>(tasks_.count);
    Outcomes all{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), read_all(results_.measure)};
    results_.status.download(all.status.data(), tasks_.count);
    results_.iterations.download(all.iterations.data(), tasks_.count);
    return all;
  }

  [[nodiscard]] std::int64_t capacity() const override { return capacity_; }
  void set_weights(std::vector<double> const& weights) override {
    write_all(network_.mlp().weights(), weights);
    if (fused_) fused_->set_weights(weights);
  }
  void synchronize() override { exec_.synchronize(); }

 private:
  Executor executor_;  ///< keeps exec_ alive until all buffers are gone
  Exec& exec_;
  LearnerOptions options_;
  std::int64_t capacity_;
  network::MetaNetwork<Exec, Real, Scalar> network_;
  TaskGroup<Scalar> tasks_;
  RunArrays<Scalar> results_;
  std::unique_ptr<FusedSolve<Scalar>> fused_;  ///< null: network and solver are launched one after the other
};

}  // namespace metasolve::engine
