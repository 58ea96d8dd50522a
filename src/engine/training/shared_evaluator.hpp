// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/engine/training/learner.hpp"
#include "metasolve/detail/engine/training/tasks.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::engine {

/// Which tasks of a set a rank solves: every size()-th of chunks of consecutive tasks. Tasks that lie side by side,
/// such as the steps of one trajectory, often take alike, so that whole parts of the set would be unequal work.
class TaskDeal {
 public:
  TaskDeal(std::int64_t tasks, int rank, int ranks);
  [[nodiscard]] std::int64_t tasks() const { return tasks_; }
  /// Of the first `tasks` tasks of the set, how many are a rank's.
  [[nodiscard]] std::int64_t before(std::int64_t tasks, int of_rank) const;
  [[nodiscard]] std::int64_t own() const { return before(tasks_, rank_); }
  [[nodiscard]] std::int64_t most() const;  ///< that a rank has
  [[nodiscard]] Tasks own_of(Tasks const& all) const;
  /// to [tasks][size], in order, from what each rank has of its own: from [ranks][most()][size].
  template <class T>
  void put_in_order(T const* from, std::int64_t size, T* to) const {
    for (std::int64_t first = 0; first < tasks_; first += chunk_) {
      auto const of_rank = first / chunk_ % ranks_;
      auto const at = (of_rank * most() + before(first, static_cast<int>(of_rank))) * size;
      std::copy_n(from + at, std::min(chunk_, tasks_ - first) * size, to + first * size);
    }
  }

 private:
  std::int64_t tasks_, chunk_;
  int rank_, ranks_;
};

/// An evaluator whose tasks the ranks of an executor share. All ranks make the same calls; results are on all.
class SharedEvaluator final : public Evaluator {
 public:
  /// own: of deal.own_of(tasks).
  SharedEvaluator(Executor executor, TaskDeal const& deal, std::unique_ptr<Evaluator> own)
      : executor_(std::move(executor)), deal_(deal), own_(std::move(own)) {}

  void solve(Parameters parameters, SolveLimits const& limits, std::int64_t first, std::int64_t count) override;
  Outcomes outcomes() override;
  void keep_solutions() override { own_->keep_solutions(); }
  std::vector<double> solutions() override;
  [[nodiscard]] std::int64_t capacity() const override { return std::max<std::int64_t>(1, deal_.tasks()); }
  void set_weights(std::vector<double> const& weights) override { own_->set_weights(weights); }
  void synchronize() override;
  [[nodiscard]] double agreed(double number) const override;

 private:
  /// own [own tasks][size] of each rank -> [tasks][size].
  template <class T>
  std::vector<T> gather(std::vector<T> own, std::int64_t size);

  Executor executor_;
  TaskDeal deal_;
  std::unique_ptr<Evaluator> own_;
};

}  // namespace metasolve::engine
