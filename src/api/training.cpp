// SPDX-License-Identifier: Apache-2.0
#include "metasolve/training.hpp"

#include "metasolve/error.hpp"
#include "src/config/schema.hpp"
#include "src/io/atomic_file.hpp"
#include "src/train/evaluate.hpp"
#include "src/train/foreign_setup.hpp"
#include "src/train/trainer.hpp"

namespace metasolve::api {

namespace {

/// What paid on Robertson's reaction (configs/robertson.toml), for tasks of which little is known.
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
[loss]
scale = "log"
failure_slope = 3000
[optimizer]
rate = 2e-3
[schedule]
kind = "cosine"
[training]
epochs = 20
batch_size = 512
selection = "iterations"
)";

}  // namespace

TrainingReport train_problem(std::string const& problem, Executor const& executor, std::filesystem::path const& run,
                             TaskRows const& rows, TrainingSettings const& settings) {
  if (train::find_foreign_setup(problem) == nullptr) {
    throw InputError("train: problem \"" + problem + "\" is not known in this program; ProblemSolver makes it known");
  }
  auto config = config::parse("[problem]\nname = \"" + problem + "\"" + defaults, "train", settings);
  config.evaluation.tolerances = {config.solver.tolerance};
  config.evaluation.max_iterations = config.solver.max_iterations;
  config::check(config, "train");
  train::ForeignData const data(problem, rows);
  train::RunFiles const files(run);
  io::ensure_directory(files.folder);
  auto const trained = train::train(executor, config, files, nullptr, {});
  auto const evaluation = train::evaluate(executor, train::read_checkpoint(files.best()));
  auto const& at = evaluation.tolerances.front();
  return {at.baseline.mean, at.meta.mean, at.meta.converged_share, evaluation.timing.ratio, trained.seconds};
}

}  // namespace metasolve::api
