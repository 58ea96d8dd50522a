// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/train_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/interrupt.hpp"
#include "metasolve/detail/app/memory.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/progress.hpp"
#include "metasolve/detail/app/standard_streams.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/exec/from_first.hpp"
#include "metasolve/detail/io/atomic_file.hpp"
#include "metasolve/detail/io/text.hpp"
#include "metasolve/detail/train/budget.hpp"
#include "metasolve/detail/train/constant.hpp"
#include "metasolve/detail/train/documents.hpp"
#include "metasolve/detail/train/run.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using config::RunConfig;
using nlohmann::ordered_json;

std::filesystem::path out_folder(TrainOptions const& o) {
  if (!o.out.empty()) return o.out;
  if (!o.config.empty()) return std::filesystem::path("runs") / std::filesystem::path(o.config).stem();
  throw InputError("train --resume: which run? Give its folder with --out");
}

/// The configuration to train with; found: the run to resume, or null (then there is a file).
RunConfig resolved_config(TrainOptions const& o, train::RunFiles const& files, train::FoundRun const* found,
                          train::Remedies const& remedies) {
  auto const overrides = all_overrides(o.common);
  auto config =
      o.config.empty() ? overridden(found->config, files.folder.string(), o.common) : config::load(o.config, overrides);
  train::fit_to_data(config, print_notice);
  if (found != nullptr) train::require_same(config, found->config, files.folder, remedies.elsewhere);
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
            << "\n# memory: " << io::size_text(plan.planned_bytes) << " for tasks, network and states";
  if (plan.peak_bytes != 0) std::cout << "; " << io::size_text(plan.peak_bytes) << " for the whole process at its peak";
  std::cout << "\n# nothing was written (--dry-run)\n";
  return 0;
}

/// "best 12.30 iterations on validation, after epoch 7, 0.80 of the constant's time; the constant shift 0.01: 20.10".
std::string outcome_text(RunConfig const& config, train::TrainResult const& result) {
  auto const& constants = result.constants;
  auto const name = constants.known ? train::constant_name(config, constants) : "";
  if (result.epoch == 0) return "no epoch was completed";
  if (!result.has_best) return "no best weights are known";
  if (result.best_epoch == 0) {
    return "no epoch was better on validation than " + name + ", " + number("%.2f", constants.iterations()) +
           " iterations; that is what the model gives" +
           (result.time_ratio > 0 ? ", in " + number("%.2g", result.time_ratio) + " of its time" : "");
  }
  auto text = "best " + number("%.2f", result.best_iterations) + " iterations on validation, after epoch " +
              std::to_string(result.best_epoch);
  if (int const members = config.training.members; members > 1) {
    text += " of member " + std::to_string(result.best_member) + " of " + std::to_string(members);
  }
  if (result.time_ratio > 0) text += ", " + number("%.2g", result.time_ratio) + " of the constant's time";
  if (constants.known) text += "; " + name + ": " + number("%.2f", constants.iterations());
  auto const advice = constants.is_tuned ? problems::problem_of(config).advice(config, constants.value) : std::string{};
  return advice.empty() ? text : text + "; " + advice;
}

/// The network of --budget; none: it was stopped.
std::optional<train::BudgetSearch> searched(TrainOptions const& o, Executor const& executor, RunConfig const& config,
                                            Interrupt const& interrupt) {
  auto& out = human(o.common.json);
  double const budget = train::seconds_in(o.budget);
  out << "searching a network for " << duration_text(budget / 2) << " on " << executor.description() << std::endl;
  auto search = train::search_within(
      executor, config, budget, {[](std::string const& line) { std::cerr << line << std::endl; }, interrupt.flag()});
  if (search.stopped) return std::nullopt;
  out << train::budget_text(search) << std::endl;
  return search;
}

void report_result(TrainOptions const& o, train::RunFiles const& files, Executor const& executor,
                   RunConfig const& config, train::TrainResult const& result, bool trained,
                   train::BudgetSearch const* search) {
  auto const run = files.folder.string();
  auto& out = human(o.common.json);
  auto const best = outcome_text(config, result);
  if (!trained) {
    out << run << ": this run had finished; nothing was left to train";
  } else {
    out << duration_text(result.seconds) << " of training, peak memory " << io::size_text(peak_memory());
  }
  if (result.finished) {
    out << "; evaluate it: metasolve evaluate " << run << (result.has_best ? "" : " --checkpoint last") << '\n';
  } else {
    out << "; to go on: metasolve train --resume --out " << run << '\n';
  }
  out << (!trained ? "" : result.finished ? "finished: " : "stopped: ") << best << '\n';
  if (!o.common.json) return;
  auto document = train::training_document(files, config, result, executor.description());
  if (search != nullptr) document["budget"] = train::budget_document(*search);
  print_document(document);
}

}  // namespace

void add_train_options(CLI::App& command, TrainOptions& o) {
  command.add_option("config", o.config, "Configuration (TOML); not needed with --resume")->type_name("CONFIG.toml");
  command.add_option("--out", o.out, "Folder of the run; default: runs/<name of the configuration>")->type_name("DIR");
  command.add_flag("--resume", o.resume, "Continue the run in the folder from its last checkpoint");
  command.add_flag("--dry-run", o.dry_run, "Check everything, print the resolved configuration and the memory needed");
  command
      .add_option("--budget", o.budget,
                  "Choose the network too, by its time to solution, and train it, in this time: 120, 90s, 5min, 1.5h")
      ->type_name("TIME")
      ->excludes("--resume")
      ->excludes("--dry-run");
  add_common_options(command, o.common);
}

int run_train(TrainOptions const& o) {
  if (o.config.empty() && !o.resume) throw InputError("train: give a configuration, such as configs/poisson.toml");
  train::RunFiles const files(out_folder(o));
  train::Remedies const remedies{"`metasolve train --resume --out " + files.folder.string() + "`",
                                 "train into another folder with --out"};
  auto* const ranks = this_process().ranks();
  // Only rank 0 looks at the folder before the training begins.
  std::optional<train::FoundRun> found;
  auto config = train::config_of_first(ranks, [&] {
    if (o.resume) found = train::find_run(files, remedies);
    return resolved_config(o, files, found ? &*found : nullptr, remedies);
  });
  auto const executor = open_executor(o.common, config);
  if (o.dry_run) return dry_run(o, executor, config);

  outlive_readers();
  train::TrainResult result;
  int status = done;
  bool const had_finished =
      !exec::from_first(ranks, [&] { return std::string(found && found->finished() ? "finished" : ""); }).empty();
  if (had_finished) {
    if (found) result = train::finished_result(files, *found);
    report_result(o, files, executor, config, result, false, nullptr);
  } else {
    // Reject impossible trainings before writing anything.
    [[maybe_unused]] auto const planned = train::planned_bytes(executor, config);
    Interrupt const interrupt;
    std::optional<train::BudgetSearch> search;
    if (!o.budget.empty()) {
      bool stopped = false;
      config = train::config_of_first(ranks, [&] {
        train::require_no_run(files, remedies);
        search = searched(o, exec::alone(executor), config, interrupt);
        stopped = !search;
        return stopped ? config : search->config;
      });
      if (!exec::from_first(ranks, [&] { return std::string(stopped ? "stopped" : ""); }).empty()) {
        return after_signal(interrupt.signal());
      }
    }
    ProgressDisplay progress;
    train::RunRequest request{files, o.resume, config, o.argv, remedies, {}, {}};
    request.started = [&] {
      human(o.common.json) << (o.resume ? "resuming " : "training ") << files.folder.string() << " on "
                           << executor.description() << std::endl;
    };
    request.hooks.progress = [&](TrainingProgress const& p) { progress.show(p); };
    request.hooks.notice = [&](std::string const& notice) { progress.interject("metasolve: " + notice); };
    request.hooks.stop = interrupt.flag();
    try {
      result = train::train_run(executor, request);
    } catch (...) {
      progress.finish();
      throw;
    }
    progress.finish();
    if (search) {
      io::write_file_atomically(files.folder / "budget.json", train::budget_document(*search).dump(2) + '\n');
    }
    report_result(o, files, executor, config, result, true, search ? &*search : nullptr);
    if (!result.finished) status = after_signal(interrupt.signal());
  }
  // The run is saved in its folder. Only an undelivered document is a failure.
  if (!o.common.json && !std::cout.flush()) forget_standard_output();
  return status;
}

}  // namespace metasolve::app
