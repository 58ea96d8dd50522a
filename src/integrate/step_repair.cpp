// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/integrate/step_repair.hpp"

#include <algorithm>
#include <utility>

namespace metasolve::integrate {

namespace {

/// Moves the steps for which solves(step, index) is true from `failed` to the result.
template <class Solves>
StepRepair::Steps take(StepRepair::Steps& failed, Solves&& solves) {
  StepRepair::Steps left, solved;
  for (std::size_t i = 0; i < failed.size(); ++i) (solves(failed[i], i) ? solved : left).push_back(failed[i]);
  failed = std::move(left);
  return solved;
}

}  // namespace

StepRepair::Steps StepRepair::apply(Remedy remedy, double t, double h, Steps& failed) {
  switch (remedy) {
    case Remedy::constant:
      if (method_ != Method::meta_solver || has_retried_) return {};
      return attempt(Method::newton_sor, t, h, failed);
    case Remedy::newton:
      if (method_ == Method::newton) return {};
      return attempt(Method::newton, t, h, failed);
    case Remedy::smaller_steps:
      return take(failed, [&](auto& step, std::size_t) { return halve(t, h, step); });
  }
  return {};
}

StepBatch& StepRepair::batch_for(Method method, std::size_t steps) {
  auto& batch = method == Method::newton ? newton_ : newton_sor_;
  auto const needed = static_cast<std::int64_t>(steps);
  if (!batch || batch->capacity() < needed) {
    auto const before = batch ? batch->capacity() : 0;
    batch.reset();
    batch.emplace(executor_, setup_, method, std::max(needed, 2 * before), false);
  }
  return *batch;
}

/// Solves the steps from t to t + h in one batch: returns which were solved, and updates their y.
std::vector<bool> StepRepair::solve(Method method, double t, double h, std::span<FailedStep> steps) {
  std::vector<double> parameters, y;
  for (auto const& step : steps) {
    parameters.insert(parameters.end(), step.parameters.begin(), step.parameters.end());
    y.insert(y.end(), step.y.begin(), step.y.end());
  }
  auto& batch = batch_for(method, steps.size());
  batch.set(parameters, y);
  batch.step(t, h);
  iterations_ += static_cast<std::int64_t>(batch.counts().iterations);
  auto const status = batch.statuses();
  std::vector<bool> solved(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    solved[i] = status[i] == Status::converged;
    if (solved[i]) steps[i].y = batch.state(static_cast<std::int64_t>(i));
  }
  return solved;
}

StepRepair::Steps StepRepair::attempt(Method method, double t, double h, Steps& failed) {
  if (failed.empty()) return {};
  auto const is_solved = solve(method, t, h, failed);
  return take(failed, [&](auto const&, std::size_t i) { return is_solved[i]; });
}

/// Halves a step, and unsolved halves recursively, until all of it is solved. If that fails, the step is unchanged.
bool StepRepair::halve(double t, double h, FailedStep& step) {
  auto moved = step;
  parts_ = 0;
  if (!advance_halves(t, h, moved, most_halvings)) return false;
  step = moved;
  return true;
}

bool StepRepair::advance_halves(double t, double h, FailedStep& step, int halvings) {
  double const half = h / 2;
  return halvings > 0 && half > 0 && advance(t, half, step, halvings - 1) &&
         advance(t + half, half, step, halvings - 1);
}

bool StepRepair::advance(double t, double h, FailedStep& step, int halvings) {
  if (++parts_ > most_parts) return false;
  if (method_ != Method::newton && solve(Method::newton_sor, t, h, {&step, 1})[0]) return true;
  return solve(Method::newton, t, h, {&step, 1})[0] || advance_halves(t, h, step, halvings);
}

}  // namespace metasolve::integrate
