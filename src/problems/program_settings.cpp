// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/problems/program_settings.hpp"

#include <mutex>

#include "metasolve/detail/config/field_makers.hpp"
#include "metasolve/detail/programs/pool.hpp"
#include "metasolve/error.hpp"

namespace metasolve::problems {

namespace {

/// A pool that solves one batch at a time.
struct SharedPool {
  programs::ProgramPool pool;
  std::mutex mutex;
  explicit SharedPool(programs::ProgramSettings settings) : pool(std::move(settings)) {}
};

}  // namespace

std::vector<config::Field> program_keys() {
  using namespace config::make_field;
  using K = ProgramKeys;
  constexpr Length any{0, 1000};
  return {
      text(OwnPlace{&K::command},
           {"problem.command", "", "command of the shell that starts the program (docs/black_box.md)"}),
      path(OwnPlace{&K::folder},
           {"problem.folder", "",
            "folder in which the command runs, relative to the configuration's; empty: the current folder"}),
      choice(OwnPlace{&K::protocol},
             {"problem.protocol", "",
              "json: the program stays alive and answers lines of JSON; csv: it is started for each request, with CSV "
              "files or options"}),
      text(OwnPlace{&K::iterations_pattern},
           {"problem.iterations_pattern", "",
            "protocol csv: regular expression with one group, the count in what the program prints; empty: the last "
            "whole number"}),
      integer(OwnPlace{&K::processes}, {0, 4096},
              {"problem.processes", "", "processes at a time; 0: one per hardware thread"}),
      real(OwnPlace{&K::time_limit}, {0, 1e8, open},
           {"problem.time_limit", "s", "limit of one solve, which then counts as one at the iteration limit"}),
      fixed(texts(OwnPlace{&K::columns}, any,
                  {"problem.columns", "",
                   "numbers of a task: \"NAME = uniform(low, high)\", log_uniform(low, high), normal(mean, deviation) "
                   "or integers(low, high); NAME alone where problem.tasks is given"})),
      fixed(texts(OwnPlace{&K::parameters}, any,
                  {"problem.parameters", "",
                   "what the network chooses: \"NAME = interval(low, high, constant)\", logarithmic(low, high, "
                   "constant), integers(low, high, constant), real(constant, scale) or choice(option, option, ...)"})),
      fixed(texts(OwnPlace{&K::by_logarithm}, any,
                  {"problem.by_logarithm", "", "columns of which the network sees log10"})),
      fixed(texts(OwnPlace{&K::hidden}, any, {"problem.hidden", "", "columns that the network does not see"})),
      texts(OwnPlace{&K::reference}, any,
            {"problem.reference", "", "columns with good values of the parameters, for gradient control_variate"}),
      path(OwnPlace{&K::tasks},
           {"problem.tasks", "",
            "CSV file of tasks with these columns, instead of distributions; relative to the configuration's folder"}),
      choice(OwnPlace{&K::cost},
             {"problem.cost", "", "what training minimises, iterations, a surrogate of them from histories, or time"}),
      path(OwnPlace{&K::cache},
           {"problem.cache", "",
            "file that keeps the cost of each solve, over runs; delete it when the program changes"})};
}

void settle_training(config::RunConfig& c, std::function<bool(std::string const& key)> const& given) {
  auto const set = [&](char const* key, auto& place, auto const& value) {
    if (!given(key)) place = value;
  };
  set("network.hidden", c.network.hidden, std::vector<int>{16, 16});
  set("network.activation", c.network.activation, config::Activation::relu);
  set("network.precision", c.network.precision, config::Precision::single_precision);
  set("network.feature_scaling", c.network.feature_scaling, config::FeatureScaling::standard);
  set("loss.scale", c.loss.scale, config::LossScale::logarithm);
  set("loss.task_clip", c.loss.task_clip, 30.0);
  set("optimizer.rate", c.optimizer.rate, 2e-3);
  set("schedule.kind", c.schedule.kind, config::ScheduleKind::cosine);
  set("training.epochs", c.training.epochs, 20);
  set("training.batch_size", c.training.batch_size, 64);
  set("training.selection", c.training.selection, config::Selection::iterations);
  set("evaluation.tolerances", c.evaluation.tolerances, std::vector<double>{c.solver.tolerance});
  set("evaluation.max_iterations", c.evaluation.max_iterations, c.solver.max_iterations);
}

std::vector<TaskColumn> columns_of(ProgramKeys const& keys) {
  std::vector<TaskColumn> columns;
  for (auto const& text : keys.columns) columns.push_back(task_column(text));
  return columns;
}

BlackBox declared_box(ProgramKeys const& keys) {
  BlackBox box;
  box.name = "program";
  for (auto const& column : columns_of(keys)) box.columns.push_back(column.name);
  for (auto const& text : keys.parameters) box.parameters.push_back(declared_parameter(text));
  box.by_logarithm = keys.by_logarithm;
  box.hidden = keys.hidden;
  box.reference = keys.reference;
  box.cost = keys.cost;
  box.cache = keys.cache;
  return box;
}

BlackBox program_box(ProgramKeys const& keys) {
  auto box = declared_box(keys);
  programs::ProgramSettings settings;
  settings.command = keys.command;
  settings.folder = keys.folder;
  settings.wire = keys.protocol;
  settings.processes = keys.processes;
  settings.time_limit = keys.time_limit;
  settings.columns = box.columns;
  settings.parameters = box.parameters;
  settings.cost = keys.cost;
  settings.iterations_pattern = keys.iterations_pattern;
  // Costs in a file belong to all that they depend on.
  box.name += " " + keys.command + (keys.folder.empty() ? "" : " in " + keys.folder) + " (" +
              std::string(config::name_of(keys.protocol)) + ", " + config::real_text(keys.time_limit) + " s" +
              (keys.iterations_pattern.empty() ? "" : ", " + keys.iterations_pattern) + ")";
  box.solve = [shared = std::make_shared<SharedPool>(std::move(settings))](Probes const& probes) {
    std::lock_guard const lock(shared->mutex);
    shared->pool.solve(probes);
  };
  return box;
}

}  // namespace metasolve::problems
