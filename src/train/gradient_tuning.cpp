// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/gradient_tuning.hpp"

#include <algorithm>

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/budget.hpp"
#include "metasolve/detail/train/tries.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

using config::RunConfig;

/// Of the biases: a step is a share of the range, whatever the parameter's unit.
constexpr double bias_rate = 0.05;

/// The configuration of a training whose network is its biases. Returns false: the problem has no such constants.
bool plan_constants(RunConfig& c) {
  if (!problems::problem_of(c).learn_constants(c)) return false;
  c.network.hidden = {};
  c.network.feature_gain = 0;
  c.network.start = config::Start::drawn;
  c.optimizer.kind = config::Optimizer::adam;
  c.optimizer.rate = bias_rate;
  c.optimizer.weight_decay = 0;
  c.schedule = {};
  c.schedule.kind = config::ScheduleKind::cosine;
  // The surrogate of the count, over decades: it sees a task that is far from the tolerance.
  c.loss = {};
  c.loss.scale = kernels::LossScale::logarithm;
  c.training.members = 1;
  c.training.teacher.clear();
  c.training.selection = config::Selection::iterations;
  return true;
}

/// What the network of a checkpoint predicts for every task: its biases, through its head.
std::vector<double> constants_of(Checkpoint const& best) {
  network::MetaNetworkShape shape;
  problems::problem_of(best.config).shape(best.config, shape);
  auto const bias = static_cast<std::size_t>(network::layer_shapes(architecture(best.config)).back().bias);
  auto const given = problems::problem_of(best.config).constants_in(best.config);
  std::vector<double> parameters;
  for (std::size_t p = 0; p < shape.head.size(); ++p) {
    auto const& entry = shape.head[p];
    if (entry.output < 0 || (!entry.is_bounded() && p >= given.size())) break;
    double const from = entry.is_bounded() ? 0 : given[p];
    parameters.push_back(entry.apply(best.learner.weights.at(bias + static_cast<std::size_t>(entry.output)), from));
  }
  return parameters;
}

SideFigures validation_figures(Executor const& executor, RunConfig const& c) {
  auto const tasks = problems::problem_of(c).tasks(c).validation;
  return figures_of(outcomes_of_own(executor, c, tasks, c.evaluation.max_iterations));
}

}  // namespace

bool tunes_by_gradient(RunConfig const& config) {
  auto copy = config;
  return problems::problem_of(config).learn_constants(copy);
}

std::filesystem::path constants_file(RunFiles const& files) { return files.folder / "constants.toml"; }

GradientTuning tune_by_gradient(Executor const& executor, RunConfig const& config, RunRequest request, double budget) {
  auto const start = io::Clock::now();
  request.config = config;
  request.resume = false;
  if (!plan_constants(request.config)) {
    throw InputError("tune: problem \"" + config.problem.name + "\" has no constants that are found by gradient");
  }
  require_no_run(request.files, request.remedies);
  GradientTuning result{.config = config, .before = validation_figures(executor, request.config)};
  result.after = result.before;
  auto const epochs =
      epochs_within(executor, request.config, budget - io::seconds_since(start), {{}, request.hooks.stop});
  result.stopped = !epochs;
  if (epochs) {
    request.config.training.epochs = std::min(*epochs, config.training.epochs);
    auto const trained = train_run(executor, request);
    result.epochs = trained.epoch;
    result.stopped = !trained.finished;
    if (trained.has_best && trained.best_epoch > 0) {
      auto found = constants_of(read_checkpoint(request.files.best()));
      auto const& problem = problems::problem_of(config);
      auto with = request.config;
      problem.set_constants(with, found);
      auto const after = validation_figures(executor, with);
      if (after.mean < result.before.mean) {
        problem.set_constants(result.config, found);
        result.found = std::move(found);
        result.after = after;
      }
    }
    io::write_file_atomically(constants_file(request.files), config::to_toml(result.config));
  }
  result.seconds = io::seconds_since(start);
  return result;
}

}  // namespace metasolve::train
