// SPDX-License-Identifier: Apache-2.0
#include "src/app/train_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "metasolve/error.hpp"
#include "src/app/exit_codes.hpp"
#include "src/app/interrupt.hpp"
#include "src/app/manifest.hpp"
#include "src/app/memory.hpp"
#include "src/app/output.hpp"
#include "src/app/progress.hpp"
#include "src/app/run_folder.hpp"
#include "src/config/fields.hpp"
#include "src/config/schema.hpp"
#include "src/config/values.hpp"
#include "src/io/atomic_file.hpp"
#include "src/train/constant.hpp"

namespace metasolve::app {

namespace {

using config::RunConfig;
using nlohmann::ordered_json;

std::filesystem::path out_folder(TrainOptions const& o) {
  if (!o.out.empty()) return o.out;
  if (!o.config.empty()) return std::filesystem::path("runs") / std::filesystem::path(o.config).stem();
  throw InputError("train --resume: which run? Give its folder with --out");
}

/// What leaves the trained weights as they are, to the last bit. resources.memory does not: it says where a batch is
/// cut.
bool may_differ(config::Field const& field) {
  return field.key == "resources.threads" || field.section == "evaluation" ||
         field.key == "training.checkpoint_seconds";
}

void require_same(RunConfig const& given, RunConfig const& run, std::filesystem::path const& checkpoint) {
  for (auto const& field : config::fields()) {
    auto const now = field.get(given), then = field.get(run);
    if (may_differ(field) || now == then) continue;
    throw InputError(field.key + ": given " + config::toml_value(now) + ", but the run in " + checkpoint.string() +
                     " was begun with " + config::toml_value(then) +
                     "; resume with the same configuration, or train into another folder with --out");
  }
}

/// The configuration to train with; from: the checkpoint to go on from, or null (then there is a file).
RunConfig resolved_config(TrainOptions const& o, train::RunFiles const& files, train::Checkpoint const* from) {
  auto const overrides = all_overrides(o.common);
  auto config =
      o.config.empty() ? overridden(from->config, files.last().string(), o.common) : config::load(o.config, overrides);
  train::require_known_problem(config.problem.name, "problem.name");
  for (auto const& notice : train::fit_to_data(config)) std::cerr << "metasolve: " << notice << '\n';
  if (from != nullptr) require_same(config, from->config, files.last());
  return config;
}

int dry_run(TrainOptions const& o, Executor const& executor, RunConfig const& config) {
  auto const plan = plan_memory(executor, config);
  if (o.common.json) {
    ordered_json document{{"config", config::to_json(config)},
                          {"device", executor.description()},
                          {"memory", {{"planned_bytes", plan.planned_bytes}}}};
    if (plan.peak_bytes != 0) document["memory"]["peak_bytes"] = plan.peak_bytes;
    print_document(document);
    return 0;
  }
  std::cout << config::to_toml(config) << "\n# device: " << executor.description()
            << "\n# memory: " << size_text(plan.planned_bytes) << " for tasks, network and states";
  if (plan.peak_bytes != 0) std::cout << "; " << size_text(plan.peak_bytes) << " for the whole process at its peak";
  std::cout << "\n# nothing was written (--dry-run)\n";
  return 0;
}

/// "best 12.30 iterations on validation, after epoch 7, 0.80 of the constant's time; the constant shift 0.01: 20.10".
std::string outcome_text(RunConfig const& config, train::TrainResult const& result) {
  auto const& constants = result.constants;
  auto const name = constants.known ? train::constant_name(config, constants) : "";
  if (result.best_epoch == 0) {
    if (!constants.known || result.epoch == 0) return "no epoch was completed";
    return "no epoch was better on validation than " + name + ", " + number("%.2f", constants.iterations()) +
           " iterations; that is what the model gives" +
           (result.time_ratio > 0 ? ", in " + number("%.2g", result.time_ratio) + " of its time" : "");
  }
  auto text = "best " + number("%.2f", result.best_iterations) + " iterations on validation, after epoch " +
              std::to_string(result.best_epoch);
  if (result.time_ratio > 0) text += ", " + number("%.2g", result.time_ratio) + " of the constant's time";
  if (constants.known) text += "; " + name + ": " + number("%.2f", constants.iterations());
  bool const at_end =
      config.problem.name == "spd" && constants.is_tuned && constants.value >= config.solver.highest_shift;
  if (at_end) text += "; larger shifts may be better: raise solver.highest_shift";
  return text;
}

ordered_json constant_json(RunConfig const& config, train::TrainResult const& result) {
  auto const& constants = result.constants;
  if (!constants.known) return nullptr;
  ordered_json json{{"name", train::constant_name(config, constants)},
                    {"iterations", constants.iterations()},
                    {"own_iterations", constants.own_iterations}};
  if (constants.is_tuned) {
    json["tuned"] = {{"value", constants.value}, {"iterations", constants.tuned_iterations}};
  }
  json["time_ratio"] = result.time_ratio > 0 ? ordered_json(result.time_ratio) : ordered_json(nullptr);
  return json;
}

void report_result(TrainOptions const& o, train::RunFiles const& files, Executor const& executor,
                   RunConfig const& config, train::TrainResult const& result, bool trained) {
  auto const run = files.folder.string();
  auto const peak = peak_memory();
  auto& out = human(o.common.json);
  auto const best = outcome_text(config, result);
  if (!trained) {
    out << run << ": this run had finished; nothing was left to train";
  } else {
    out << duration_text(result.seconds) << " of training, peak memory " << size_text(peak);
  }
  if (result.finished) {
    out << "; evaluate it: metasolve evaluate " << run << '\n';
  } else {
    out << "; to go on: metasolve train --resume --out " << run << '\n';
  }
  out << (!trained ? "" : result.finished ? "finished: " : "stopped: ") << best << '\n';
  if (!o.common.json) return;
  print_document({{"run", run},
                  {"finished", result.finished},
                  {"epoch", result.epoch},
                  {"epochs", config.training.epochs},
                  {"best",
                   {{"epoch", result.best_epoch},
                    {"iterations", result.best_iterations},
                    {"gives_constant", result.constants.known && result.best_epoch == 0}}},
                  {"constant", constant_json(config, result)},
                  {"seconds", result.seconds},
                  {"device", executor.description()},
                  {"peak_memory_bytes", peak}});
}

}  // namespace

void add_train_options(CLI::App& command, TrainOptions& o) {
  command.add_option("config", o.config, "Configuration (TOML); not needed with --resume")->type_name("CONFIG.toml");
  command.add_option("--out", o.out, "Folder of the run; default: runs/<name of the configuration>")->type_name("DIR");
  command.add_flag("--resume", o.resume, "Go on with the run in the folder, from its last checkpoint");
  command.add_flag("--dry-run", o.dry_run, "Check everything, print the resolved configuration and the memory needed");
  add_common_options(command, o.common);
}

int run_train(TrainOptions const& o) {
  if (o.config.empty() && !o.resume) throw InputError("train: give a configuration, such as configs/poisson.toml");
  train::RunFiles const files(out_folder(o));
  std::optional<train::Checkpoint> from;
  if (o.resume) from = read_last(files);
  auto const config = resolved_config(o, files, from ? &*from : nullptr);
  auto const executor = open_executor(o.common, config);
  if (o.dry_run) return dry_run(o, executor, config);

  if (from && from->epoch == config.training.epochs) {
    report_result(o, files, executor, config,
                  {true, from->epoch, from->best_epoch, from->best_iterations, from->seconds, from->constants}, false);
    return done;
  }
  // What cannot be made is refused before anything is written.
  [[maybe_unused]] auto const planned = train::planned_bytes(executor, config);
  Interrupt const interrupt;
  io::ensure_directory(files.folder);
  FolderLock const lock(files.folder);
  // Under the lock once more: another process may have gone on with the run.
  if (from) {
    from = read_last(files);
  } else {
    require_no_run(files);
  }
  auto const start = from ? Manifest::resume : Manifest::begin;
  train::TrainResult result;
  ProgressDisplay progress;
  try {
    auto manifest = start(files.manifest(), o.argv, config, executor.description());
    human(o.common.json) << (from ? "resuming " : "training ") << files.folder.string() << " on "
                         << executor.description() << std::endl;
    result = train::train(executor, config, files, from ? &*from : nullptr,
                          {[&](train::Progress const& p) { progress.show(p); }, interrupt.flag()});
    progress.finish();
    manifest.end(result, peak_memory());
  } catch (...) {
    progress.finish();
    if (!from) remove_fruitless_run(files);
    throw;
  }
  report_result(o, files, executor, config, result, true);
  return result.finished ? done : after_signal(interrupt.signal());
}

}  // namespace metasolve::app
