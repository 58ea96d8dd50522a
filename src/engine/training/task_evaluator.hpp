// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/batch_solver.hpp"
#include "metasolve/detail/engine/training/learner_parts.hpp"

namespace metasolve::engine {

/// The evaluator. Scalar: the solver's precision.
template <class Scalar>
class TaskEvaluator final : public Evaluator {
 public:
  TaskEvaluator(Executor executor, LearnerOptions const& options, Tasks const& tasks)
      : executor_(std::move(executor)),
        exec_(executor_.backend()),
        options_(options),
        capacity_(choose_capacity(options, std::max<std::int64_t>(1, tasks.count))),
        tasks_(bind<Scalar>(exec_, tasks, {.capacity = capacity_, .confirms = true})),
        results_(exec_, tasks_.count) {
    if (tasks_.count == 0) return;
    solver_ = {exec_, *tasks_.solver, capacity_, false};
    bool const is_double = options.network_precision == Precision::double_precision;
    if constexpr (std::is_same_v<Scalar, double>) {
      if (tasks_.fuse && !is_double) {
        if (auto fused = tasks_.fuse(options.network, capacity_)) {
          solver_.set_meta_solver(std::move(fused));
          return;
        }
      }
    }
    solver_.set_meta_solver(network::make_predictor<Scalar>(exec_, options.network, is_double, capacity_),
                            inputs_of(tasks_), capacity_);
  }

  void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) override {
    if (count > capacity_ || first + count > tasks_.count) {
      throw InputError("solve: tasks " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
                       std::to_string(tasks_.count) + " asked for, at most " + std::to_string(capacity_) +
                       " at a time");
    }
    auto run = results_.arguments(options_, limits);
    run.slots = count;
    run.first_task = first;
    run.loss = nullptr;
    run.confirms = true;
    run.status += first;
    run.iterations += first;
    run.measure += first;
    if (solutions_.size() > 0) {
      std::int64_t const size = tasks_.solver->solution_size();
      run.solution = {solutions_.data() + first * size, size, 1};
    }
    bool const predicts = parameters == Parameters::meta_solver;
    if (!predicts) run.theta = from(tasks_.default_parameters, first);
    solver_.solve(run, {.predicts = predicts});
  }

  Outcomes outcomes() override {
    auto const n = static_cast<std::size_t>(tasks_.count);
    Outcomes all{std::vector<std::int32_t>(n), std::vector<std::int32_t>(n), read_all(results_.measure)};
    results_.status.download(all.status.data(), tasks_.count);
    results_.iterations.download(all.iterations.data(), tasks_.count);
    return all;
  }

  void keep_solutions() override {
    if (tasks_.count > 0) solutions_ = exec::Buffer<Scalar>(exec_, tasks_.count * tasks_.solver->solution_size());
  }
  std::vector<double> solutions() override { return read_all(solutions_); }

  [[nodiscard]] std::int64_t capacity() const override { return capacity_; }
  void set_weights(std::vector<double> const& weights) override {
    if (tasks_.count > 0) solver_.set_weights(weights);
  }
  void synchronize() override { exec_.synchronize(); }

 private:
  Executor executor_;  ///< keeps exec_ alive until all buffers are released
  exec::Backend& exec_;
  LearnerOptions options_;
  std::int64_t capacity_;
  TaskGroup<Scalar> tasks_;
  RunArrays<Scalar> results_;
  exec::Buffer<Scalar> solutions_;  ///< empty: not requested
  BatchSolver<Scalar> solver_;
};

}  // namespace metasolve::engine
