// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/side_by_side.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/detail/exec/backend.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/random/philox.hpp"
#include "metasolve/detail/train/distillation.hpp"
#include "metasolve/detail/train/members.hpp"

namespace metasolve::train {

namespace {

/// One network to train: a member of a configuration.
struct Seat {
  config::RunConfig const* config;
  int member;
};
using Seats = std::span<Seat const>;

/// Whether they are equal except for what may differ between members.
bool can_share(config::RunConfig a, config::RunConfig b) {
  if (a == b) return true;
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
  auto one = config;
  one.training.members = 1;
  auto const bytes = static_cast<double>(planned_bytes(executor, one));
  return static_cast<std::size_t>(std::max(1.0, static_cast<double>(config.resources.memory_bytes) / bytes));
}

std::vector<Trained> train_group(Executor const& executor, Seats seats) {
  auto const start = io::Clock::now();
  std::vector<config::RunConfig> configs;
  std::vector<engine::Tasks> train, validation;
  std::vector<engine::LearnerState> states;
  std::vector<Schedule> schedules;
  std::vector<Trained> results(seats.size());
  for (std::size_t m = 0; m < seats.size(); ++m) {
    auto const& config = configs.emplace_back(*seats[m].config);
    auto const splits = problems::problem_of(config).tasks(config);
    train.push_back(splits.train);
    validation.push_back(splits.validation);
    auto const& features = results[m].best.features = feature_scale(config, splits.train);
    states.push_back(
        {taught(executor, config, features, splits.train, initial_weights(config, seats[m].member), {}), {}, {}, {}});
    schedules.emplace_back(config);
    results[m].best.config = config;
  }
  auto const& first = configs.front();
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
      best.schedule = schedules[m].state();
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

/// Of a configuration's members: the best, with the others.
Trained best_of(std::span<Trained> members) {
  auto const less = [](Trained const& a, Trained const& b) {
    return a.best.has_best && (!b.best.has_best || a.best.best_figure < b.best.best_figure);
  };
  auto const chosen = std::ranges::min_element(members, less);
  Trained result = *chosen;
  result.seconds = 0;
  std::vector<MemberState> states;
  for (auto& one : members) {
    result.seconds += one.seconds;
    states.push_back({std::move(one.best.learner), one.best.schedule});
  }
  result.best.member = static_cast<int>(chosen - members.begin());
  set_members(result.best, std::move(states));
  return result;
}

}  // namespace

void train_side_by_side(Executor const& executor, std::vector<config::RunConfig> const& configs,
                        std::function<void(std::vector<Trained> const&)> const& take) {
  std::vector<Seat> seats;
  for (auto const& config : configs) {
    for (int m = 0; m < config.training.members; ++m) seats.push_back({&config, m});
  }
  std::vector<Trained> apart;  // members of configurations that are not all trained yet
  auto next = configs.begin();
  for (Seats rest(seats); !rest.empty();) {
    std::size_t const most = most_members(executor, *rest.front().config);
    std::size_t count = 1;
    while (count < most && count < rest.size() && can_share(*rest.front().config, *rest[count].config)) ++count;
    for (auto& one : train_group(executor, rest.first(count))) apart.push_back(std::move(one));
    rest = rest.subspan(count);
    std::vector<Trained> whole;
    std::size_t used = 0;
    for (; next != configs.end() && apart.size() - used >= static_cast<std::size_t>(next->training.members); ++next) {
      auto const members = static_cast<std::size_t>(next->training.members);
      whole.push_back(best_of(std::span(apart).subspan(used, members)));
      used += members;
    }
    apart.erase(apart.begin(), apart.begin() + static_cast<std::ptrdiff_t>(used));
    if (!whole.empty()) take(whole);
  }
}

}  // namespace metasolve::train
