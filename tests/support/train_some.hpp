// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "metasolve/detail/engine/training/make_learner.hpp"
#include "metasolve/detail/problems/poisson.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/setup.hpp"

/// A small training by the learner only, on any executor.
namespace metasolve::test {

inline config::RunConfig small_config() {
  config::RunConfig c;
  c.of<problems::PoissonSettings>().unknowns = 8;
  c.problem.train_tasks = 150;
  c.problem.validation_tasks = 70;
  c.solver.tolerance = 1e-4;
  c.network.hidden = {9, 7};
  c.training.batch_size = 64;
  c.loss.scale = kernels::LossScale::logarithm;
  return c;
}

/// The learner of a configuration, with its initial weights.
inline std::unique_ptr<engine::Learner> fresh_learner(Executor const& executor, config::RunConfig const& c,
                                                      std::int64_t memory = 1 << 30) {
  auto const splits = problems::problem_of(c).tasks(c);
  auto options = train::learner_options(c, train::feature_scale(c, splits.train));
  options.memory = memory;
  auto learner = engine::make_learner(executor, options, {splits.train, splits.validation});
  engine::LearnerState const start{train::initial_weights(c), {}, {}, {}};
  learner->restore({&start, 1});
  return learner;
}

/// Sums of the training in this epoch.
inline engine::Totals train_epoch(engine::Learner& learner, config::RunConfig const& c, std::uint64_t epoch) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(c.problem.train_tasks));
  random::shuffle(order, 1, epoch);
  engine::EpochSettings const settings{0.01, c.loss.kind == kernels::LossKind::measure ? 0.0 : c.solver.tolerance};
  learner.begin_epoch(order, {&settings, 1});
  bool const takes_all = c.optimizer.kind == engine::Optimizer::levenberg_marquardt;
  std::int64_t const batch = takes_all ? c.problem.train_tasks : c.training.batch_size;
  for (std::int64_t at = 0; at < c.problem.train_tasks; at += batch) {
    learner.step(std::min(batch, c.problem.train_tasks - at));
  }
  auto const totals = learner.epoch_totals().front();
  EXPECT_EQ(totals.tasks, c.problem.train_tasks);
  return totals;
}

/// Weights after three epochs, and intermediate sums.
struct Trained {
  std::vector<double> weights;
  double loss, iterations, validation;
  bool operator==(Trained const&) const = default;
};

inline Trained train_some(Executor const& executor, config::RunConfig const& c, std::int64_t memory = 1 << 30) {
  auto const learner = fresh_learner(executor, c, memory);
  engine::Totals totals;
  for (std::uint64_t epoch = 0; epoch < 3; ++epoch) totals = train_epoch(*learner, c, epoch);
  engine::SolveLimits const limits{c.solver.tolerance, c.solver.max_iterations};
  auto const validation = learner->validate({&limits, 1}, true).front();
  return {learner->save().front().weights, totals.loss, totals.iterations, validation.loss + validation.iterations};
}
inline Trained train_some(config::RunConfig const& c, int threads = 1, std::int64_t memory = 1 << 30) {
  return train_some(Executor::cpu(threads), c, memory);
}

}  // namespace metasolve::test
