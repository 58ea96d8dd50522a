// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/calibrate_command.hpp"

#include <CLI/CLI.hpp>
#include <iomanip>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/config/schema.hpp"
#include "metasolve/detail/problems/registry.hpp"
#include "metasolve/detail/train/calibration.hpp"
#include "metasolve/detail/train/run_settings.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

namespace {

using nlohmann::ordered_json;

/// A configuration whose stages are measured.
struct Measured {
  std::string origin;  ///< its file; of a default configuration, the problem
  config::RunConfig config;
};

/// Those given, or those of the built-in problems that need neither data nor programs.
std::vector<Measured> configurations(CalibrateOptions const& o) {
  std::vector<Measured> all;
  for (auto const& file : o.configs) {
    all.push_back({file, config::load(file, all_overrides(o.common))});
    train::fit_to_data(all.back().config, print_notice);
  }
  if (!o.configs.empty()) return all;
  for (auto const* const problem : problems::known_problems()) {
    try {
      auto config = config::parse("problem.name = \"" + problem->name() + "\"", problem->name(),
                                  all_overrides(o.common), "--set", {});
      [[maybe_unused]] auto const tasks = problem->tasks(config);
      all.push_back({problem->name(), std::move(config)});
    } catch (InputError const&) {  // it needs a folder, or a program
    }
  }
  return all;
}

class Report {
 public:
  Report(CalibrateOptions const& o, std::string device)
      : o_(o), device_(std::move(device)), out_(human(o.common.json)) {
    out_ << "nanoseconds per task, and per iteration of one, on " << device_ << '\n'
         << std::left << std::setw(name_width) << "" << std::right << std::setw(12) << "set-up" << std::setw(12)
         << "iteration" << '\n';
  }

  void add(std::string const& origin, std::string const& method, Executor const& executor, engine::Tasks const& tasks,
           engine::Precision precision) {
    auto const found = train::calibrated(executor, tasks, precision, cache_, o_.again);
    keeps_ = keeps_ && found.is_kept;
    out_ << std::left << std::setw(name_width) << origin + (method.empty() ? "" : ", " + method) << std::right
         << std::setw(12) << number("%.4g", found.price.start) << std::setw(12) << number("%.4g", found.price.step)
         << (found.was_known ? "  known" : "") << std::endl;
    stages_.push_back({{"configuration", origin},
                       {"method", method.empty() ? ordered_json(nullptr) : ordered_json(method)},
                       {"stage", tasks.kind->cost_name()},
                       {"start_ns", found.price.start},
                       {"step_ns", found.price.step},
                       {"was_known", found.was_known}});
  }
  void end() const {
    auto const file = keeps_ ? cache_.file() : std::filesystem::path();
    if (!file.empty()) out_ << "kept in " << file.string() << '\n';
    if (!o_.common.json) return;
    print_document({{"device", device_},
                    {"machine", train::this_machine()},
                    {"file", file.empty() ? ordered_json(nullptr) : ordered_json(file.string())},
                    {"stages", stages_}});
  }

 private:
  static constexpr int name_width = 40;

  CalibrateOptions const& o_;
  std::string device_;
  std::ostream& out_;
  train::PriceCache cache_ = train::PriceCache::from_environment();
  ordered_json stages_ = ordered_json::array();
  bool keeps_ = true;
};

}  // namespace

void add_calibrate_options(CLI::App& command, CalibrateOptions& o) {
  command
      .add_option("config", o.configs,
                  "Configurations (TOML); default: those of the built-in problems that need no data")
      ->type_name("CONFIG.toml");
  command.add_flag("--again", o.again, "Measure also what is known");
  add_common_options(command, o.common);
}

int run_calibrate(CalibrateOptions const& o) {
  auto const all = configurations(o);
  auto const executor = open_executor(o.common, all.front().config);
  Report report(o, executor.description());
  for (auto const& [origin, config] : all) {
    auto const& problem = problems::problem_of(config);
    if (problem.has_costly_tasks()) {
      throw InputError(origin + ": the tasks of problem \"" + config.problem.name +
                       "\" are solved by a program, which says itself what they cost; leave it out");
    }
    auto const tasks = problem.tasks(config).train;
    auto const choices = problem.fixed_choices(config);
    for (std::size_t v = 0; v < choices.size(); ++v) {
      auto variant = tasks;
      variant.kind = tasks.kind->variants().at(v);
      report.add(origin, choices[v].name, executor, variant, config.solver.precision);
    }
    if (choices.empty()) report.add(origin, "", executor, tasks, config.solver.precision);
    if (auto const direct = problem.direct(config)) {
      report.add(origin, direct->name, executor, direct->tasks, config.solver.precision);
    }
  }
  report.end();
  return done;
}

}  // namespace metasolve::app
