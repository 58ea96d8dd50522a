// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/side_by_side.hpp"

#include <cmath>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/random/philox.hpp"

namespace metasolve::train {

namespace {

using Configs = std::span<config::RunConfig const>;

/// Whether they are equal except for what may differ between members.
bool can_share(config::RunConfig a, config::RunConfig b) {
  if (a.problem.name != b.problem.name) return false;
  a.training.seed = b.training.seed;
  a.solver.tolerance = b.solver.tolerance;
  for (auto* const config : {&a, &b}) problems::problem_of(*config).forget_distribution(*config);
  // The scale of the features would differ between members.
  return a == b && b.network.feature_scaling == config::FeatureScaling::none;
}

/// Maximum number of members of a group: on a host one per thread, elsewhere what fits into memory.
std::size_t most_members(Executor const& executor, config::RunConfig const& config) {
  if (config.optimizer.kind != engine::Optimizer::levenberg_marquardt) return 1;
  if (executor.backend().memory_is_host()) {
    return static_cast<std::size_t>(executor.backend().threads());
  }
  auto const bytes = static_cast<double>(planned_bytes(executor, config));
  return static_cast<std::size_t>(std::max(1.0, static_cast<double>(config.resources.memory_bytes) / bytes));
}

std::vector<Trained> train_group(Executor const& executor, Configs configs) {
  auto const start = io::Clock::now();
  auto const& first = configs.front();
  std::vector<engine::Tasks> train, validation;
  std::vector<engine::LearnerState> states;
  std::vector<Schedule> schedules;
  std::vector<Trained> results(configs.size());
  for (std::size_t m = 0; m < configs.size(); ++m) {
    auto const splits = problems::problem_of(configs[m]).tasks(configs[m]);
    train.push_back(splits.train);
    validation.push_back(splits.validation);
    states.push_back({initial_weights(configs[m]), {}, {}, {}});
    schedules.emplace_back(configs[m]);
    results[m].best.config = configs[m];
    results[m].best.features = feature_scale(configs[m], splits.train);
  }
  auto options = learner_options(first, results.front().best.features);
  options.members = static_cast<std::int64_t>(configs.size());
  options.memory *= options.members;  // it was set for one
  auto const learner = engine::make_learner(
      executor, options, {engine::concatenated(std::move(train)), engine::concatenated(std::move(validation))});
  learner->restore(states);

  std::vector<std::int32_t> order(static_cast<std::size_t>(first.problem.train_tasks));
  for (int epoch = 0; epoch < first.training.epochs; ++epoch) {
    random::shuffle(order, first.training.seed, static_cast<std::uint64_t>(epoch));
    std::vector<engine::EpochSettings> settings;
    settings.reserve(schedules.size());
    for (auto const& schedule : schedules) settings.push_back(schedule.at(epoch));
    learner->begin_epoch(order, settings);
    for (std::int64_t at = 0; at < first.problem.train_tasks; at += options.batch) {
      learner->step(std::min(options.batch, first.problem.train_tasks - at));
    }
    auto const totals = validate(*learner, configs);
    std::vector<engine::LearnerState> now;
    for (std::size_t m = 0; m < configs.size(); ++m) {
      double const figure = selection_figure(configs[m], totals[m]);
      schedules[m].observe(figure);
      auto& best = results[m].best;
      best.epoch = epoch + 1;
      if (!std::isfinite(figure) || (best.has_best && figure >= best.best_figure)) continue;
      if (now.empty()) now = learner->save();
      best.learner = now[m];
      best.has_best = true;
      best.best_figure = figure;
      best.best_iterations = totals[m].iterations / static_cast<double>(totals[m].tasks);
      best.best_epoch = epoch + 1;
    }
  }
  double const seconds = io::seconds_since(start);
  for (std::size_t m = 0; m < configs.size(); ++m) {
    if (!results[m].best.has_best) results[m].best.learner = states[m];  // no finite figure occurred
    results[m].seconds = seconds / static_cast<double>(configs.size());
  }
  return results;
}

}  // namespace

void train_side_by_side(Executor const& executor, std::vector<config::RunConfig> const& configs,
                        std::function<void(std::vector<Trained> const&)> const& take) {
  for (Configs rest(configs); !rest.empty();) {
    std::size_t const most = most_members(executor, rest.front());
    std::size_t members = 1;
    while (members < most && members < rest.size() && can_share(rest.front(), rest[members])) ++members;
    take(train_group(executor, rest.first(members)));
    rest = rest.subspan(members);
  }
}

}  // namespace metasolve::train
