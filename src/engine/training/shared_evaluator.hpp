// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/learner.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::engine {

/// An evaluator whose tasks the ranks of an executor share. All ranks make the same calls; results are on all.
///
/// Ranks take tasks from a shared counter, fewer at a time towards the end: a few tasks can take a hundred times as
/// long as most, and which ones is not known beforehand (docs/scale.md). A task's results do not depend on who solves
/// it.
class SharedEvaluator final : public Evaluator {
 public:
  /// own: of all tasks, on this rank.
  SharedEvaluator(Executor executor, std::int64_t tasks, std::unique_ptr<Evaluator> own)
      : executor_(std::move(executor)), tasks_(tasks), own_(std::move(own)) {}

  void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) override;
  Outcomes outcomes() override;
  void keep_solutions() override { own_->keep_solutions(); }
  std::vector<double> solutions() override;
  [[nodiscard]] std::int64_t capacity() const override { return std::max<std::int64_t>(1, tasks_); }
  void set_weights(std::vector<double> const& weights) override { own_->set_weights(weights); }
  void synchronize() override;
  [[nodiscard]] double agreed(double number) const override;

 private:
  /// Tasks that this rank has solved.
  struct Part {
    std::int64_t first, count;
  };
  /// of [tasks][size]: this rank's parts of it are valid, and go to the others.
  template <class T>
  void exchange(std::vector<T>& of, std::int64_t size) const;

  Executor executor_;
  std::int64_t tasks_;
  std::unique_ptr<Evaluator> own_;
  std::vector<Part> parts_;
};

}  // namespace metasolve::engine
