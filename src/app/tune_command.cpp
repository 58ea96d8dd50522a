// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/tune_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/gradient_tune.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/train/documents.hpp"
#include "metasolve/detail/train/gradient_tuning.hpp"
#include "metasolve/detail/train/run_settings.hpp"

namespace metasolve::app {

namespace {

std::string failures_text(train::TunedValue const& v) {
  std::string text;
  if (v.breakdowns > 0) text += "  " + std::to_string(v.breakdowns) + " broke down";
  if (v.unconverged > 0) text += (v.breakdowns > 0 ? ", " : "  ") + std::to_string(v.unconverged) + " did not converge";
  return text;
}

void print_value(std::ostream& out, train::TunedValue const& v) {
  out << number("%10.4g", v.value) << "  " << number("%10.2f", v.mean_iterations) << "  "
      << number("%10.4g", 1e6 * v.seconds_per_task) << failures_text(v) << std::endl;
}

std::string end_text(train::TunedParameter const& parameter, train::Tuning const& tuning, std::size_t index) {
  auto const end = train::end_of(tuning, index);
  if (end == train::End::none) return "";
  bool const is_low = end == train::End::low;
  std::string text = std::string(" at the ") + (is_low ? "lower" : "upper") +
                     " end of what was tried: a better one may lie " + (is_low ? "below" : "above");
  double const value = tuning.values[index].value;
  if (parameter.is_shift) return text + (is_low ? "; try --from 0" : "; try --to " + number("%.4g", 100 * value));
  return text + (is_low ? "; try --from " + number("%.4g", value / 2)
                        : "; try --to " + number("%.4g", (value + parameter.below) / 2));
}

}  // namespace

void add_tune_options(CLI::App& command, TuneOptions& o) {
  command.add_option("config", o.config, "Configuration (TOML)")->required()->type_name("CONFIG.toml");
  command.add_option("--from", o.range.from,
                     "Smallest value; default: 1 of a relaxation factor, 0 and then 0.0001 of a shift, and on below "
                     "while that is better");
  command.add_option("--to", o.range.to, "Largest; default: 1.99, 1, and on above while that is better");
  command.add_option("--spacing", o.range.spacing,
                     "Between two relaxation factors, or two shifts in decades; default: 0.01, 0.02");
  command.add_option("--by", o.by, "Criterion: iterations or seconds; both are printed")
      ->check(CLI::IsMember({"iterations", "seconds"}))
      ->capture_default_str();
  command
      .add_option(
          "--out", o.out,
          "Folder of the run, of constants found by gradient; default: runs/<name of the configuration>-constants")
      ->type_name("DIR");
  command.add_option("--budget", o.budget, "Time for such a run: 120, 90s, 5min, 1.5h")
      ->type_name("TIME")
      ->capture_default_str();
  add_common_options(command, o.common);
}

int run_tune(TuneOptions const& o) {
  auto config = config::load(o.config, all_overrides(o.common));
  train::fit_to_data(config, print_notice);
  if (train::tunes_by_gradient(config)) return run_gradient_tune(o, config);
  auto const& parameter = train::tuned_parameter(config);
  auto const grid = train::grid_of(o.range, parameter);
  auto const executor = open_executor(o.common, config);
  auto& out = human(o.common.json);
  bool begun = false;
  auto const heading = [&] {
    if (std::exchange(begun, true)) return;
    out << "constant " << parameter.name << (parameter.key.empty() ? "" : " (" + parameter.key + ")") << " for problem "
        << config.problem.name << ": " << config.problem.train_tasks << " training tasks to " << config.solver.tolerance
        << "\na task that fails counts as the limit, " << config.evaluation.max_iterations
        << ", in the mean\n     value  mean iters     us/task\n";
  };
  auto const tuning = train::tune(executor, config, train::Split::train, grid, [&](train::TunedValue const& v) {
    heading();
    print_value(out, v);
  });
  bool const by_time = o.by == "seconds";
  auto const chosen = by_time ? tuning.fastest : tuning.best;
  if (tuning.smallest_safe) {
    out << "smallest " << parameter.name
        << " at and above which no factorisation breaks down: " << number("%.4g", *tuning.smallest_safe) << '\n';
  }
  auto const say = [&](std::size_t index, char const* by) {
    auto const& v = tuning.values[index];
    auto const failures = failures_text(v);
    out << "best constant " << parameter.name << " by " << by << ": " << number("%.4g", v.value) << ", "
        << number("%.2f", v.mean_iterations) << " iterations, " << number("%.4g", 1e6 * v.seconds_per_task)
        << " us a task" << (failures.empty() ? "" : ";" + failures.substr(1)) << end_text(parameter, tuning, index)
        << '\n';
  };
  say(tuning.best, "iterations");
  say(tuning.fastest, "time");
  out << "the best of these for each task: " << number("%.2f", tuning.best_per_task) << " iterations; "
      << number("%.1f", tuning.seconds) << " s on " << executor.description() << '\n';
  if (!parameter.key.empty()) {
    out << "use it: --set " << parameter.key << '=' << number("%.4g", tuning.values[chosen].value) << '\n';
  }
  if (o.common.json) print_document(train::tuning_document(config, parameter, tuning, by_time, executor.description()));
  return done;
}

}  // namespace metasolve::app
