// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace metasolve::train {

Schedule::Schedule(config::RunConfig const& config) : config_(config) {}

engine::EpochSettings Schedule::at(int epoch) const { return {rate(epoch), config_.loss.margin * tolerance(epoch)}; }

double Schedule::rate(int epoch) const {
  auto const& s = config_.schedule;
  double const start = config_.optimizer.rate;
  auto const reduced = [&](std::int64_t times) {
    return std::max(s.minimum_rate, start * std::pow(s.factor, static_cast<double>(times)));
  };
  switch (s.kind) {
    case config::ScheduleKind::steps:
      return reduced(std::count_if(s.milestones.begin(), s.milestones.end(), [&](int m) { return m <= epoch; }));
    case config::ScheduleKind::plateau:
      return reduced(state_.reductions);
    case config::ScheduleKind::cosine: {
      double const done = static_cast<double>(epoch) / config_.training.epochs;
      return s.minimum_rate + (start - s.minimum_rate) * (1 + std::cos(std::numbers::pi * done)) / 2;
    }
    case config::ScheduleKind::constant:
      break;
  }
  return start;
}

double Schedule::tolerance(int epoch) const {
  auto const& loss = config_.loss;
  if (loss.kind == kernels::LossKind::measure) return 0;  // L_m: exactly m iterations
  double const last = config_.solver.tolerance;
  if (loss.tolerance_start <= last) return last;
  double done = epoch / std::max(1.0, loss.lowering_fraction * config_.training.epochs);
  if (loss.lowering == config::Lowering::steps) done = std::floor(done * loss.lowering_steps) / loss.lowering_steps;
  if (done >= 1) return last;
  return loss.tolerance_start * std::pow(last / loss.tolerance_start, done);
}

void Schedule::observe(double figure) {
  if (std::isfinite(figure) && (!state_.seen || figure < state_.best)) {
    state_ = {figure, true, 0, state_.reductions};
    return;
  }
  if (++state_.waited > config_.schedule.patience) {
    ++state_.reductions;
    state_.waited = 0;
  }
}

}  // namespace metasolve::train
