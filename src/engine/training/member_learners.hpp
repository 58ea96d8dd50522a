// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "metasolve/detail/engine/training/learner.hpp"

namespace metasolve::engine {

/// Members that share nothing: a learner each, stepped in turn.
class MemberLearners final : public Learner {
 public:
  /// learners: at least one, each with one member.
  explicit MemberLearners(std::vector<std::unique_ptr<Learner>> learners) : learners_(std::move(learners)) {}

  [[nodiscard]] std::int64_t members() const override { return static_cast<std::int64_t>(learners_.size()); }

  void begin_epoch(std::span<std::int32_t const> order, std::span<EpochSettings const> settings) override {
    for (std::size_t m = 0; m < learners_.size(); ++m) learners_[m]->begin_epoch(order, settings.subspan(m, 1));
  }

  void step(std::int64_t tasks) override {
    for (auto const& learner : learners_) learner->step(tasks);
  }

  std::vector<Totals> epoch_totals() override {
    std::vector<Totals> totals;
    totals.reserve(learners_.size());
    for (auto const& learner : learners_) totals.push_back(learner->epoch_totals().front());
    return totals;
  }

  std::vector<Totals> validate(std::span<SolveLimits const> limits, bool with_loss, Parameters parameters) override {
    std::vector<Totals> totals;
    totals.reserve(learners_.size());
    for (std::size_t m = 0; m < learners_.size(); ++m) {
      totals.push_back(learners_[m]->validate(limits.subspan(m, 1), with_loss, parameters).front());
    }
    return totals;
  }

  std::vector<LearnerState> save() override {
    std::vector<LearnerState> states;
    states.reserve(learners_.size());
    for (auto const& learner : learners_) states.push_back(std::move(learner->save().front()));
    return states;
  }

  void restore(std::span<LearnerState const> states) override {
    for (std::size_t m = 0; m < learners_.size(); ++m) learners_[m]->restore(states.subspan(m, 1));
  }

 private:
  std::vector<std::unique_ptr<Learner>> learners_;
};

}  // namespace metasolve::engine
