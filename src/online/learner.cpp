// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/online/learner.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "metasolve/detail/exec/launches.hpp"
#include "metasolve/kernels/online/draw_arms.hpp"
#include "metasolve/kernels/online/online_tasks.hpp"
#include "metasolve/kernels/online/update_estimates.hpp"

namespace metasolve::online {

namespace {

kernels::OnlineSettings settings_of(Options const& o) {
  return {.by_thompson = o.exploration == OnlineMetaSolver::Exploration::thompson,
          .memory = static_cast<double>(o.memory),
          .constant_share = o.constant_share,
          .first_limit = o.first_limit,
          .most_loss = o.most_loss,
          .seed = o.seed};
}

}  // namespace

Learner::Learner(Executor executor, Options options, std::optional<PolicyShape> policy)
    : executor_(std::move(executor)),
      options_(std::move(options)),
      grid_(grid_of(options_)),
      settings_(settings_of(options_)),
      policy_(std::move(policy)) {
  using Estimator = OnlineMetaSolver::Estimator;
  auto& exec = backend();
  std::int64_t const cells = grid_.cells(), bins = grid_.bins, capacity = options_.capacity;
  values_ = exec::uploaded(exec, values_of(options_, grid_));
  grid_.values = values_.data();
  bool const by_squares = options_.estimator == Estimator::least_squares;
  std::int64_t const of_bins = kernels::OnlineSums::size(cells);
  sums_ = exec::Buffer<double>(exec, of_bins + (by_squares ? least_squares_sums(grid_) : 0));
  estimates_ = exec::Buffer<double>(exec, kernels::OnlineEstimates::size(cells, bins));
  counters_ = exec::Buffer<std::int64_t>(exec, kernels::OnlineCounters::size(cells));
  drawn_ = exec::Buffer<double>(exec, bins * kernels::most_online_draws * grid_.parameters);
  drawn_arms_ = exec::Buffer<std::int32_t>(exec, bins * kernels::most_online_draws);
  best_arms_ = exec::uploaded(
      exec, std::vector<std::int32_t>(static_cast<std::size_t>(bins), static_cast<std::int32_t>(grid_.constant_arm)));
  drawn_limits_ = exec::uploaded(
      exec, std::vector<double>(static_cast<std::size_t>(bins), std::numeric_limits<double>::infinity()));
  units_ = exec::Buffer<double>(exec, capacity);
  clock_ = exec::uploaded(exec, std::vector<kernels::OnlineClock>(1));
  chosen_ = exec::Buffer<double>(exec, capacity * grid_.parameters);
  for (auto* of_tasks : {&limits_, &cell_, &status_, &iterations_}) {
    *of_tasks = exec::Buffer<std::int32_t>(exec, capacity);
  }
  origin_ = exec::Buffer<Origin>(exec, capacity);
  workspace_ = exec::Buffer<std::byte>(exec, exec.team_bytes(kernels::UpdateEstimates{}, 1));
  exec.load<kernels::DrawArms>();
  exec.load<kernels::ChooseParameters>();
  exec.load<kernels::LearnCosts>();
  exec.load<kernels::SetFirstScale>();
  Shared const shared{&exec, grid_, settings_, sums(), estimates(), sums_.data() + of_bins, clock_.data(), capacity};
  if (by_squares) proposer_ = make_least_squares(shared);
  if (options_.estimator == Estimator::network) {
    if (!policy_) policy_ = policy_shape(options_, grid_);
    proposer_ = make_policy_network(shared, *policy_);
  }
}

kernels::OnlineCounters Learner::counters() const {
  return kernels::OnlineCounters::at(counters_.data(), grid_.cells());
}
kernels::OnlineSums Learner::sums() const { return kernels::OnlineSums::at(sums_.data(), grid_.cells()); }
kernels::OnlineEstimates Learner::estimates() const {
  return kernels::OnlineEstimates::at(estimates_.data(), grid_.cells(), grid_.bins);
}
kernels::OnlineDraws Learner::draws() const {
  return {drawn_.data(), drawn_arms_.data(), drawn_limits_.data(), best_arms_.data()};
}

void Learner::update(std::int64_t count) {
  auto const of_bins = kernels::OnlineSums::size(grid_.cells());
  backend().launch_teams(kernels::UpdateEstimates{grid_, settings_, counters(), sums(), estimates(), draws(),
                                                  clock_.data(), static_cast<double>(count), sums_.data() + of_bins,
                                                  static_cast<int>(sums_.size() - of_bins)},
                         workspace_.data(), 1);
}

void Learner::choose(std::int64_t count, kernels::BatchView<double const> features) {
  auto& exec = backend();
  auto const of_call = static_cast<double>(count);
  count_ = count;
  has_chosen_ = true;
  if (count == 0) return;
  update(count);
  exec.launch(1, grid_.bins, kernels::DrawArms{grid_, settings_, estimates(), draws(), clock_.data(), of_call});
  kernels::ChooseParameters body{grid_,          draws(),        clock_.data(), settings_.seed,   features,
                                 chosen_.data(), limits_.data(), cell_.data(),  unit_of_counts(), {}};
  for (std::size_t p = 0; p < options_.parameters.size(); ++p) {
    body.iteration_cost[p] = options_.parameters[p].iteration_cost;
  }
  exec.launch(1, count, body);
  last_features_ = features;
  if (proposer_) proposer_->choose(choice());
}

Choice Learner::choice() const { return {count_, last_features_, chosen_.data(), limits_.data(), cell_.data()}; }

Snapshot Learner::up_to_date() const {
  auto options = options_;
  options.capacity = 1;
  Learner copy(executor_, options, policy_);
  auto s = snapshot();
  auto const clock = s.clock;
  s.clock.warm = 0;  // due in any case
  copy.restore(s);
  copy.update(1);
  s = copy.snapshot();
  s.clock.calls = clock.calls;
  return s;
}

void Learner::learn(kernels::OnlineCosts costs, double unit) {
  has_chosen_ = false;
  costs.limits = limits_.data();
  costs.chosen = chosen_.data();
  costs.parameters = grid_.parameters;
  for (std::size_t p = 0; p < options_.parameters.size(); ++p) {
    costs.iteration_cost[p] = options_.parameters[p].iteration_cost;
  }
  backend().launch(1, 1, kernels::SetFirstScale{costs, cell_.data(), unit, count_, clock_.data()});
  double const most = std::min(std::ldexp(1.0, 62) / static_cast<double>(options_.capacity),
                               static_cast<double>(kernels::most_online_cost));
  backend().launch(1, count_,
                   kernels::LearnCosts{grid_, counters(), draws(), clock_.data(), unit, std::floor(most), costs,
                                       cell_.data(), units_.data()});
  if (proposer_) proposer_->learn(choice(), units_.data());
}

double Learner::unit_of_counts() const {
  bool const is_whole = std::ranges::all_of(options_.parameters, [](auto const& p) { return p.iteration_cost == 0; });
  return is_whole ? 1 : 1.0 / 16;
}

void Learner::learn_counts(std::int32_t const* iterations, std::int32_t const* status, Origin const* origin) {
  unit_ = unit_of_counts();
  learn({.iterations = iterations, .origin = origin, .status = status}, unit_);
}

void Learner::learn_costs(Column<double> const& cost) {
  unit_ = options_.cost_unit;
  has_chosen_ = false;
  if (count_ == 0) return;
  learn({.cost = cost}, unit_);
}

}  // namespace metasolve::online
