// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/train/own_configuration.hpp"

#include "metasolve/detail/config/schema.hpp"
#include "metasolve/error.hpp"

namespace metasolve::train {

namespace {

/// As in configs/robertson.toml, for tasks of which less is known: all tasks have equal weight, so that the long orbits
/// of failing tasks do not dominate the others.
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

}  // namespace

config::RunConfig own_configuration(std::string const& name, TrainingSettings const& settings) {
  auto config = config::parse("[problem]\nname = \"" + name + "\"" + defaults, "train", settings, "setting");
  if (config.problem.name != name) {
    throw InputError("train: the settings name problem \"" + config.problem.name + "\", and \"" + name +
                     "\" is to be trained");
  }
  config.evaluation.tolerances = {config.solver.tolerance};
  config.evaluation.max_iterations = config.solver.max_iterations;
  config::check(config, "train");
  return config;
}

}  // namespace metasolve::train
