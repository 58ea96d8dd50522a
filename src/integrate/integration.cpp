// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/integrate/integration.hpp"

#include <algorithm>
#include <utility>

#include "metasolve/detail/systems/known_odes.hpp"
#include "metasolve/error.hpp"

namespace metasolve::integrate {

namespace {

IntegrationSetup checked(IntegrationSetup setup) {
  auto const& d = systems::find_ode(setup.problem, "Integration");
  auto const sets = setup.initial.size() / static_cast<std::size_t>(d.size);
  if (sets == 0 || setup.initial.size() % static_cast<std::size_t>(d.size) != 0) {
    throw InputError("Integration: " + std::to_string(setup.initial.size()) + " initial values given, expected " +
                     std::to_string(d.size) + " a set, the unknowns of " + d.name);
  }
  if (setup.parameters.size() != sets * static_cast<std::size_t>(d.parameters)) {
    throw InputError("Integration: " + std::to_string(setup.parameters.size()) + " parameters given for " +
                     std::to_string(sets) + " sets, expected " + std::to_string(d.parameters) + " a set, those of " +
                     d.name);
  }
  return setup;
}

bool begins_with_the_constant(IntegrationSetup const& setup, Method method) {
  return method == Method::meta_solver && !setup.remedies.empty() && setup.remedies.front() == Remedy::constant;
}

}  // namespace

Integration::Integration(Executor const& executor, IntegrationSetup setup, Method method)
    : setup_(checked(std::move(setup))),
      size_(static_cast<std::size_t>(systems::find_ode(setup_.problem, "Integration").size)),
      parameters_(static_cast<std::size_t>(systems::find_ode(setup_.problem, "Integration").parameters)),
      retries_(begins_with_the_constant(setup_, method)),
      batch_(executor, setup_, method, static_cast<std::int64_t>(setup_.initial.size() / size_), retries_),
      repair_(executor, setup_, method, retries_) {
  restart();
}

void Integration::restart() {
  batch_.set(setup_.parameters, setup_.initial);
  repair_.restart();
  statuses_ = 0;
  totals_ = {};
  outcomes_.assign(setup_.initial.size() / size_, {});
  mends_ = false;
  ended_.clear();
}

void Integration::step(double t, double h) {
  batch_.step(t, h);
  if (mends_) {
    for (auto& outcome : outcomes_) outcome.remedy.reset();
    mends_ = false;
  }
  auto const counts = batch_.counts();
  if (counts.statuses == statuses_ && counts.tally.retried == 0)
    return;  // all solved in the first attempt: their status is 0
  statuses_ = counts.statuses;
  mend(t, h);
}

IntegrationTotals Integration::totals() const {
  auto totals = totals_;
  totals.iterations = static_cast<std::int64_t>(batch_.counts().iterations) + repair_.iterations();
  return totals;
}

std::vector<double> Integration::states() const {
  auto y = batch_.states();
  for (auto const& step : ended_) std::ranges::copy(step.y, y.begin() + step.set * static_cast<std::int64_t>(size_));
  return y;
}

/// The steps of the last call that remain to be solved. Records those that its second attempt solved.
std::vector<FailedStep> Integration::take_failed() {
  auto const status = batch_.statuses();
  auto const origin = batch_.origins();
  std::vector<FailedStep> failed;
  for (std::size_t s = 0; s < status.size(); ++s) {
    if (outcomes_[s].has_ended()) continue;
    if (status[s] == Status::converged) {
      if (!retries_ || origin[s] != Origin::retried) continue;
      outcomes_[s].remedy = Remedy::constant;
      ++totals_.repaired[static_cast<std::size_t>(Remedy::constant)];
      ++totals_.failures;
      mends_ = true;
      continue;
    }
    auto const p = setup_.parameters.begin() + static_cast<std::int64_t>(s * parameters_);
    auto const set = static_cast<std::int64_t>(s);
    failed.push_back({set, status[s], {p, p + static_cast<std::int64_t>(parameters_)}, batch_.state(set)});
  }
  totals_.failures += static_cast<std::int64_t>(failed.size());
  return failed;
}

/// After a solve in which not all sets converged: tries the remedies, and ends the sets that none of them solves.
void Integration::mend(double t, double h) {
  auto failed = take_failed();
  for (auto const remedy : setup_.remedies) {
    for (auto const& step : repair_.apply(remedy, t, h, failed)) {
      batch_.put_state(step.set, step.y);
      outcomes_[static_cast<std::size_t>(step.set)].remedy = remedy;
      ++totals_.repaired[static_cast<std::size_t>(remedy)];
      mends_ = true;
    }
  }
  for (auto const& step : failed) {
    batch_.end(step.set);
    outcomes_[static_cast<std::size_t>(step.set)].status = step.status;
    ended_.push_back(step);
    ++totals_.ended;
  }
}

}  // namespace metasolve::integrate
