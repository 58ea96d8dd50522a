// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/checkpoint_ranges.hpp"

#include <algorithm>
#include <cmath>

#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

[[noreturn]] void refuse_damaged(std::string const& origin, std::string const& what) {
  throw InputError(origin + ": " + what + "; the file is damaged: use another checkpoint");
}

class Ranges {
 public:
  explicit Ranges(std::string const& origin) : origin_(origin) {}

  void finite(char const* what, std::vector<double> const& values) const {
    if (std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); })) return;
    refuse(std::string(what) + " hold a number that is not finite");
  }
  void not_negative(char const* what, std::vector<double> const& values) const {
    finite(what, values);
    if (std::all_of(values.begin(), values.end(), [](double x) { return x >= 0; })) return;
    refuse(std::string(what) + " hold a number below 0");
  }
  void within(char const* what, std::int64_t value, std::int64_t low, std::int64_t high) const {
    require_within(origin_, what, value, low, high);
  }

 private:
  [[noreturn]] void refuse(std::string const& what) const { refuse_damaged(origin_, what); }
  std::string const& origin_;
};

}  // namespace

void require_within(std::string const& origin, char const* what, std::int64_t value, std::int64_t low,
                    std::int64_t high) {
  if (low <= value && value <= high) return;
  refuse_damaged(origin, std::string(what) + " is " + std::to_string(value) + ", possible are " + std::to_string(low) +
                             " to " + std::to_string(high));
}

void require_ranges(Checkpoint const& c, std::string const& origin) {
  Ranges const ranges(origin);
  for (auto const& price : c.prices) ranges.not_negative("its prices", {price.start, price.step});
  ranges.finite("the shifts of its features", c.features.shift);
  ranges.finite("the scales of its features", c.features.scale);

  std::int64_t const tasks = c.config.problem.train_tasks;
  for (auto const& [learner, schedule] : members_of(c)) {
    ranges.finite("its weights", learner.weights);
    ranges.finite("its first moments", learner.first_moment);
    ranges.not_negative("its second moments", learner.second_moment);
    ranges.finite("what its gradient has learned", learner.gradient);
    ranges.not_negative("its damping", {learner.damping});
    auto const& clock = learner.clock;
    ranges.within("its position in the epoch", clock.position, 0, tasks);
    // An update covers at least one task.
    ranges.within("its count of updates", clock.updates, 0, (std::int64_t{c.epoch} + 1) * tasks);
    ranges.not_negative("its rate and its count of iterations", {clock.rate, clock.iteration_sum});
    if (schedule.seen) ranges.finite("its schedule's figures", {schedule.best});
    ranges.within("its schedule's count of epochs without progress", schedule.waited, 0, c.epoch);
    ranges.within("its schedule's count of reductions", schedule.reductions, 0, c.epoch);
  }
  // Before the first epoch the best is a constant, if the constants are known.
  ranges.within("its best epoch", c.best_epoch, c.has_best && !c.constants.known ? 1 : 0, c.epoch);
  if (c.constants.known) {
    ranges.finite("its constant", {c.constants.value});
    ranges.not_negative("the constants' iterations", {c.constants.own_iterations, c.constants.tuned_iterations});
  }
  if (c.has_best) {
    ranges.finite("its best figures", {c.best_figure});
    ranges.not_negative("its best figures", {c.best_iterations});
  }
  ranges.not_negative("its seconds of training", {c.seconds});
}

}  // namespace metasolve::train
