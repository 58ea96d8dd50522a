// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "metasolve/detail/train/checkpoint.hpp"

namespace metasolve::train {

/// Loss and iterations over the validation tasks per member, with each member's configuration; the configurations
/// differ only in seed, distribution and tolerance.
std::vector<engine::Totals> validate(engine::Learner& learner, std::span<config::RunConfig const> configs);
/// The figure selected by training.selection, from validation totals.
double selection_figure(config::RunConfig const& config, engine::Totals const& validation);

/// The networks of training.members in training: one learner on the same tasks, and each member's own schedule.
class Members {
 public:
  /// prices: Checkpoint::prices. Without weights until `start` or `restore`. @throws InputError, DeviceError,
  /// std::bad_alloc
  Members(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
          problems::Splits const& splits, std::vector<engine::Price> const& prices);

  [[nodiscard]] std::size_t count() const { return schedules_.size(); }
  [[nodiscard]] engine::Learner& learner() { return *learner_; }
  /// Frees the learner's memory. Nothing else may be called after it.
  void free_learner() { learner_.reset(); }

  /// The initial weights, in `state` alone. tuned: the constant that they predict (constant.hpp). train: the tasks on
  /// which a teacher is imitated (distillation.hpp). say: as there.
  void start(Executor const& executor, Checkpoint& state, std::optional<double> tuned, engine::Tasks const& train,
             std::function<void(std::string const&)> const& say) const;
  /// To the state of a checkpoint of this configuration.
  void restore(Checkpoint const& state);
  /// The state of all members -> `to`. Synchronizes.
  void save(Checkpoint& to);

  /// order: of the training tasks, for all members. Returns each member's settings.
  std::vector<engine::EpochSettings> begin_epoch(std::span<std::int32_t const> order, int epoch);
  /// Totals over the validation tasks, one per member. Synchronizes.
  std::vector<engine::Totals> validated();
  /// Tells the schedules how the epoch ended.
  void observe(std::vector<engine::Totals> const& validations);
  /// The member with the lowest figure; the first of equals, and where none is finite.
  [[nodiscard]] std::size_t best_of(std::vector<engine::Totals> const& validations) const;

 private:
  config::RunConfig config_;
  std::vector<Schedule> schedules_;
  std::unique_ptr<engine::Learner> learner_;
};

/// Makes another member the model of a checkpoint.
void choose_member(Checkpoint& checkpoint, std::size_t member);

}  // namespace metasolve::train
