// SPDX-License-Identifier: Apache-2.0
#include "src/app/tune_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <utility>

#include "src/app/output.hpp"
#include "src/config/schema.hpp"
#include "src/train/setup.hpp"

namespace metasolve::app {

void add_tune_options(CLI::App& command, TuneOptions& o) {
  command.add_option("config", o.config, "Configuration (TOML)")->required()->type_name("CONFIG.toml");
  command.add_option("--from", o.grid.low, "Smallest relaxation factor")->capture_default_str();
  command.add_option("--to", o.grid.high, "Largest")->capture_default_str();
  command.add_option("--spacing", o.grid.spacing, "Between two of them")->capture_default_str();
  add_common_options(command, o.common);
}

int run_tune(TuneOptions const& o) {
  auto const config = config::load(o.config, all_overrides(o.common));
  train::require_known_problem(config.problem.name, "problem.name");
  auto const executor = open_executor(o.common, config);
  auto& out = human(o.common.json);
  bool begun = false;
  auto const heading = [&] {
    if (std::exchange(begun, true)) return;
    out << "mean iterations of " << config.problem.train_tasks << " training tasks to " << config.solver.tolerance
        << ", by relaxation factor\n";
  };
  auto const tuning = train::tune_relaxation(executor, config, o.grid, [&](double factor, double mean) {
    heading();
    out << number("%6.3f", factor) << "  " << number("%10.2f", mean) << std::endl;
  });
  double const best = tuning.factors[tuning.best];
  out << "best constant factor: " << number("%.3f", best) << ", " << number("%.2f", tuning.mean_iterations[tuning.best])
      << " iterations; the best of these for each task: " << number("%.2f", tuning.best_per_task) << "; "
      << number("%.1f", tuning.seconds) << " s on " << executor.description()
      << "\nuse it: --set solver.relaxation=" << number("%.3f", best) << '\n';
  if (o.common.json) {
    print_document({{"tasks", config.problem.train_tasks},
                    {"tolerance", config.solver.tolerance},
                    {"factors", tuning.factors},
                    {"mean_iterations", tuning.mean_iterations},
                    {"best", {{"factor", best}, {"mean_iterations", tuning.mean_iterations[tuning.best]}}},
                    {"best_per_task", {{"mean_iterations", tuning.best_per_task}}},
                    {"seconds", tuning.seconds},
                    {"device", executor.description()}});
  }
  return 0;
}

}  // namespace metasolve::app
