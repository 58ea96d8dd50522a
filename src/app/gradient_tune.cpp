// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/gradient_tune.hpp"

#include <algorithm>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/interrupt.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/progress.hpp"
#include "metasolve/detail/train/budget.hpp"
#include "metasolve/detail/train/documents.hpp"
#include "metasolve/detail/train/gradient_tuning.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

void refuse_grid(TuneOptions const& o, std::string const& problem) {
  char const* const given = o.range.from        ? "--from"
                            : o.range.to        ? "--to"
                            : o.range.spacing   ? "--spacing"
                            : o.by == "seconds" ? "--by seconds"
                                                : nullptr;
  if (given == nullptr) return;
  throw InputError("tune: problem \"" + problem +
                   "\" has many constants, which are found by gradient, by iterations; leave " + given + " out");
}

void print_figures(std::ostream& out, char const* name, train::SideFigures const& f) {
  out << name << number("%10.2f", f.mean) << number("%10.4g", f.quantiles[2]) << number("%10.4g", f.quantiles[5])
      << number("%10.4g", f.maximum) << number("%11.2f %%", 100 * f.converged_share) << '\n';
}

}  // namespace

int run_gradient_tune(TuneOptions const& o, config::RunConfig const& config) {
  refuse_grid(o, config.problem.name);
  auto const executor = open_executor(o.common, config);
  std::filesystem::path const configuration(o.config);
  train::RunFiles const files(o.out.empty()
                                  ? std::filesystem::path("runs") / (configuration.stem().string() + "-constants")
                                  : std::filesystem::path(o.out));
  Interrupt const interrupt;
  ProgressDisplay progress;
  train::RunRequest request{
      files,
      false,
      config,
      o.argv,
      {"`metasolve train --resume --out " + files.folder.string() + "`", "tune into another folder with --out"},
      {},
      {}};
  auto& out = human(o.common.json);
  request.started = [&] {
    out << "tuning in " << files.folder.string() << " on " << executor.description() << std::endl;
  };
  request.hooks.progress = [&](TrainingProgress const& p) { progress.show(p); };
  request.hooks.notice = [&](std::string const& notice) { progress.interject("metasolve: " + notice); };
  request.hooks.stop = interrupt.flag();
  train::GradientTuning tuning;
  try {
    tuning = train::tune_by_gradient(executor, config, request, train::seconds_in(o.budget));
  } catch (...) {
    progress.finish();
    throw;
  }
  progress.finish();
  out << "iterations of " << config.problem.validation_tasks << " validation tasks to "
      << number("%g", config.solver.tolerance) << "; a task that fails counts as the limit, "
      << config.evaluation.max_iterations << "\n                      mean    median     q0.99       max   converged\n";
  print_figures(out, "given constants ", tuning.before);
  print_figures(out, "found by gradient", tuning.after);
  out << tuning.epochs << " epochs, " << number("%.1f", tuning.seconds) << " s";
  if (tuning.found.empty()) {
    out << (tuning.stopped ? "; stopped before better ones were found" : "; none were better than those given") << '\n';
  } else {
    out << (tuning.stopped ? "; stopped" : "") << "\nuse them: metasolve train "
        << train::constants_file(files).string() << ", or the run: metasolve evaluate " << files.folder.string()
        << '\n';
  }
  if (o.common.json) print_document(train::gradient_tuning_document(files, tuning, executor.description()));
  return tuning.stopped ? after_signal(interrupt.signal()) : static_cast<int>(done);
}

}  // namespace metasolve::app
