// SPDX-License-Identifier: Apache-2.0
#include "metasolve/training.hpp"

#include "metasolve/error.hpp"
#include "metasolve/types.hpp"
#include "src/config/schema.hpp"
#include "src/io/atomic_file.hpp"
#include "src/train/evaluate.hpp"
#include "src/train/foreign_setup.hpp"
#include "src/train/trainer.hpp"

namespace metasolve::api {

namespace {

/// Of configs/robertson.toml, for tasks of which less is known: each has as much to say as any, so that the long orbits
/// of those that fail do not drown the others.
constexpr char const* defaults = R"(
train_tasks = 100000
validation_tasks = 20000
test_tasks = 50000
[solver]
tolerance = 1e-9
max_iterations = 2000
[network]
hidden = [16, 16]
activation = "relu"
precision = "float"
feature_scaling = "standard"
start = "tuned"
[loss]
scale = "log"
task_clip = 30
[optimizer]
rate = 2e-3
[schedule]
kind = "cosine"
[training]
epochs = 20
batch_size = 512
selection = "iterations"
)";

TrainingReport report_of(train::Evaluation const& evaluation, train::Checkpoint const& best, double seconds) {
  auto const& at = evaluation.tolerances.front();
  auto const failed = [&](train::SideFigures const& side) {
    return evaluation.tasks - side.status[static_cast<std::size_t>(Status::converged)];
  };
  TrainingReport r;
  r.constant_iterations = at.baseline.mean;
  r.iterations = at.meta.mean;
  r.converged = at.meta.converged_share;
  r.time_ratio = evaluation.timing.ratio;
  r.seconds = seconds;
  r.tasks = evaluation.tasks;
  r.failed = failed(at.meta);
  r.constant_failed = failed(at.baseline);
  r.gives_constant = best.constants.known && best.best_epoch == 0;
  if (!at.tuned) return r;
  r.tuned = best.constants.value;
  r.tuned_iterations = at.tuned->mean;
  r.tuned_time_ratio = evaluation.timing.tuned_ratio;
  r.tuned_failed = failed(*at.tuned);
  return r;
}

}  // namespace

TrainingReport train_problem(ProblemIdentity const& problem, Executor const& executor, std::filesystem::path const& run,
                             ForeignRun const& tasks, TrainingSettings const& settings) {
  auto const& name = problem.name;
  train::require_foreign_setup(name, problem.type);
  auto config = config::parse("[problem]\nname = \"" + name + "\"" + defaults, "train", settings, "setting");
  if (config.problem.name != name) {
    throw InputError("train: the settings name problem \"" + config.problem.name + "\", and \"" + name +
                     "\" is to be trained");
  }
  config.evaluation.tolerances = {config.solver.tolerance};
  config.evaluation.max_iterations = config.solver.max_iterations;
  config::check(config, "train");
  train::ForeignData const data(name, tasks);
  train::RunFiles const files(run);
  io::ensure_directory(files.folder);
  auto const trained = train::train(executor, config, files, nullptr, {});
  auto const best = train::read_checkpoint(files.best());
  return report_of(train::evaluate(executor, best), best, trained.seconds);
}

}  // namespace metasolve::api
