// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/reproduce_command.hpp"

#include <CLI/CLI.hpp>
#include <iostream>

#include "metasolve/detail/app/exit_codes.hpp"
#include "metasolve/detail/app/output.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/app/standard_streams.hpp"
#include "metasolve/detail/io/clock.hpp"
#include "metasolve/detail/train/manifest.hpp"
#include "paper/reproductions.hpp"

namespace metasolve::app {

namespace {

using Reproduction = paper::Report (*)(Executor const&, paper::Settings const&);

std::vector<std::pair<std::string, Reproduction>> const& reproductions() {
  static std::vector<std::pair<std::string, Reproduction>> const all{
      {"table3", paper::table3},       {"table3-members", paper::table3_members},
      {"figure1", paper::figure1},     {"figure2", paper::figure2},
      {"theory", paper::theory},       {"table1", paper::table1},
      {"table2", paper::table2},       {"widths", paper::widths},
      {"multigrid", paper::multigrid}, {"pressure", paper::pressure}};
  return all;
}

}  // namespace

void add_reproduce_options(CLI::App& command, ReproduceOptions& o) {
  std::vector<std::string> names;
  for (auto const& [name, function] : reproductions()) names.push_back(name);
  command.add_option("what", o.what, "Table or figure")->required()->check(CLI::IsMember(names));
  command
      .add_option(
          "--scale", o.scale,
          "full: the published sizes; small: networks for a CPU where the published ones need a GPU (table1), and one "
          "training where it takes many minutes (table2); "
          "smoke: a run of seconds whose figures mean nothing")
      ->check(CLI::IsMember({"smoke", "small", "full"}))
      ->capture_default_str();
  command.add_option("--seeds", o.seeds, "Number of trainings behind each mean; default: 5, with smoke 1")
      ->check(CLI::Range(1, 1000));
  command
      .add_option("--members", o.members,
                  "table3 and table3-members: networks behind each training, of which the best by validation is kept; "
                  "default: 1, for table3-members 8")
      ->check(CLI::Range(1, 1024));
  command.add_option("--out", o.out, "Folder for NAME.json and NAME.csv")->type_name("DIR")->capture_default_str();
  add_common_options(command, o.common, false);
}

int run_reproduce(ReproduceOptions const& o) {
  auto const executor = Executor::open(o.common.device, o.common.threads > 0 ? o.common.threads : 0);
  paper::Settings settings;
  for (auto const scale : {paper::Scale::smoke, paper::Scale::small, paper::Scale::full}) {
    if (o.scale == paper::name_of(scale)) settings.scale = scale;
  }
  settings.seeds = o.seeds > 0 ? o.seeds : settings.scale == paper::Scale::smoke ? 1 : 5;
  settings.members = o.members > 0 ? o.members : o.what == "table3-members" ? 8 : 1;
  settings.models = std::filesystem::path(o.out) / "models";
  settings.say = [](std::string const& line) { std::cerr << line << std::endl; };
  auto manifest = train::start_description(o.argv, executor.description());

  outlive_readers();  // it may take hours, and its result is in files
  auto const start = io::Clock::now();
  paper::Report report;
  for (auto const& [name, function] : reproductions()) {
    if (name == o.what) report = function(executor, settings);
  }
  manifest["seconds"] = io::seconds_since(start);

  if (this_process().is_first()) paper::write_report(report, settings.scale, manifest, o.out);
  human(o.common.json) << paper::report_text(report) << "\nscale: " << o.scale << "\nwritten: " << o.out << '/'
                       << report.name << ".json, " << o.out << '/' << report.name << ".csv\n";
  if (o.common.json) {
    auto const file = [&](char const* suffix) { return o.out + "/" + report.name + suffix; };
    print_document({{"name", report.name},
                    {"scale", o.scale},
                    {"written", {file(".json"), file(".csv")}},
                    {"seconds", manifest["seconds"]},
                    {"device", executor.description()}});
  } else if (!std::cout.flush()) {
    forget_standard_output();
  }
  return done;
}

}  // namespace metasolve::app
