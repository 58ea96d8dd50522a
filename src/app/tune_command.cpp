// SPDX-License-Identifier: Apache-2.0
#include "src/app/tune_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>

#include "src/app/exit_codes.hpp"
#include "src/app/output.hpp"
#include "src/config/schema.hpp"
#include "src/train/setup.hpp"

namespace metasolve::app {

void add_tune_options(CLI::App& command, TuneOptions& o) {
  command.add_option("config", o.config, "Configuration (TOML)")->required()->type_name("CONFIG.toml");
  command.add_option("--from", o.low, "Smallest value; default: 1 of a relaxation factor, 0.0001 of a shift");
  command.add_option("--to", o.high, "Largest; default: 1.99, 1");
  command.add_option("--spacing", o.spacing,
                     "Between two relaxation factors, or two shifts in decades; default: 0.01, 0.02");
  add_common_options(command, o.common);
}

int run_tune(TuneOptions const& o) {
  auto config = config::load(o.config, all_overrides(o.common));
  train::require_known_problem(config.problem.name, "problem.name");
  for (auto const& notice : train::fit_to_data(config)) std::cerr << "metasolve: " << notice << '\n';
  auto const& parameter = train::tuned_parameter(config);
  auto grid = parameter.grid;
  grid = {o.low.value_or(grid.low), o.high.value_or(grid.high), o.spacing.value_or(grid.spacing)};
  auto const executor = open_executor(o.common, config);
  auto& out = human(o.common.json);
  bool begun = false;
  auto const heading = [&] {
    if (std::exchange(begun, true)) return;
    out << "mean iterations of " << config.problem.train_tasks << " training tasks to " << config.solver.tolerance
        << ", by " << parameter.name << '\n';
  };
  auto const tuning = train::tune(executor, config, train::Split::train, grid, [&](double value, double mean) {
    heading();
    out << number("%8.4g", value) << "  " << number("%10.2f", mean) << std::endl;
  });
  double const best = tuning.values[tuning.best];
  if (tuning.smallest_safe) {
    out << "smallest shift at and above which no factorisation breaks down: " << number("%.4g", *tuning.smallest_safe)
        << '\n';
  }
  out << "best constant " << parameter.name << ": " << number("%.4g", best) << ", "
      << number("%.2f", tuning.mean_iterations[tuning.best])
      << " iterations; the best of these for each task: " << number("%.2f", tuning.best_per_task) << "; "
      << number("%.1f", tuning.seconds) << " s on " << executor.description() << "\nuse it: --set " << parameter.key
      << '=' << number("%.4g", best) << '\n';
  if (o.common.json) {
    nlohmann::ordered_json document{
        {"tasks", config.problem.train_tasks},
        {"tolerance", config.solver.tolerance},
        {"parameter", parameter.key},
        {"values", tuning.values},
        {"mean_iterations", tuning.mean_iterations},
        {"breakdowns", tuning.breakdowns},
        {"best", {{"value", best}, {"mean_iterations", tuning.mean_iterations[tuning.best]}}},
        {"best_per_task", {{"mean_iterations", tuning.best_per_task}}}};
    if (tuning.smallest_safe) document["smallest_safe"] = *tuning.smallest_safe;
    document["seconds"] = tuning.seconds;
    document["device"] = executor.description();
    print_document(document);
  }
  return done;
}

}  // namespace metasolve::app
