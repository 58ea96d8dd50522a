// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/members.hpp"

#include <limits>

#include "metasolve/detail/train/constant.hpp"
#include "metasolve/detail/train/distillation.hpp"

namespace metasolve::train {

std::vector<engine::Totals> validate(engine::Learner& learner, std::span<config::RunConfig const> configs) {
  auto const& loss = configs.front().loss;
  bool const conventional = loss.kind == kernels::LossKind::measure;
  std::vector<engine::SolveLimits> counted, trained;
  for (auto const& c : configs) {
    counted.push_back({c.solver.tolerance, c.solver.max_iterations});
    trained.push_back(conventional ? engine::SolveLimits{0, loss.iterations}
                                   : engine::SolveLimits{loss.margin * c.solver.tolerance, c.solver.max_iterations});
  }
  auto totals = learner.validate(trained, true);
  if (!conventional && loss.margin == 1) return totals;
  auto const counts = learner.validate(counted, false);  // counts use other limits than the loss
  for (std::size_t m = 0; m < totals.size(); ++m) totals[m].iterations = counts[m].iterations;
  return totals;
}

double selection_figure(config::RunConfig const& config, engine::Totals const& validation) {
  double const sum = config.training.selection == config::Selection::loss ? validation.loss : validation.iterations;
  return sum / static_cast<double>(validation.tasks);
}

Members::Members(Executor const& executor, config::RunConfig const& config, FeatureScale const& features,
                 problems::Splits const& splits, std::vector<engine::Price> const& prices)
    : config_(config),
      schedules_(static_cast<std::size_t>(config.training.members), Schedule(config)),
      learner_(make_learner(executor, config, features, splits, prices)) {}

void Members::start(Executor const& executor, Checkpoint& state, std::optional<double> tuned,
                    engine::Tasks const& train, std::function<void(std::string const&)> const& say) const {
  std::vector<MemberState> members(count());
  for (std::size_t m = 0; m < count(); ++m) {
    auto weights = first_weights(config_, tuned, static_cast<int>(m));
    members[m].learner.weights = taught(executor, config_, state.features, train, std::move(weights), say);
  }
  set_members(state, std::move(members));
}

void Members::restore(Checkpoint const& state) {
  auto members = members_of(state);
  std::vector<engine::LearnerState> states;
  for (std::size_t m = 0; m < count(); ++m) {
    schedules_[m].restore(members[m].schedule);
    states.push_back(std::move(members[m].learner));
  }
  learner_->restore(states);
}

void Members::save(Checkpoint& to) {
  auto states = learner_->save();
  std::vector<MemberState> members(count());
  for (std::size_t m = 0; m < count(); ++m) {
    auto& position = states[m].clock.position;
    if (position == config_.problem.train_tasks) position = 0;
    members[m] = {std::move(states[m]), schedules_[m].state()};
  }
  set_members(to, std::move(members));
}

std::vector<engine::EpochSettings> Members::begin_epoch(std::span<std::int32_t const> order, int epoch) {
  std::vector<engine::EpochSettings> settings;
  settings.reserve(count());
  for (auto const& schedule : schedules_) settings.push_back(schedule.at(epoch));
  learner_->begin_epoch(order, settings);
  return settings;
}

std::vector<engine::Totals> Members::validated() {
  return validate(*learner_, std::vector<config::RunConfig>(count(), config_));
}

void Members::observe(std::vector<engine::Totals> const& validations) {
  for (std::size_t m = 0; m < count(); ++m) schedules_[m].observe(selection_figure(config_, validations[m]));
}

std::size_t Members::best_of(std::vector<engine::Totals> const& validations) const {
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t m = 0; m < count(); ++m) {
    double const figure = selection_figure(config_, validations[m]);
    if (!(figure < least)) continue;
    least = figure;
    best = m;
  }
  return best;
}

void choose_member(Checkpoint& checkpoint, std::size_t member) {
  auto members = members_of(checkpoint);
  checkpoint.member = static_cast<int>(member);
  set_members(checkpoint, std::move(members));
}

}  // namespace metasolve::train
