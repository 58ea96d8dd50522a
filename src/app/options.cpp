// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/options.hpp"

#include <CLI/CLI.hpp>

#include "metasolve/detail/app/outline.hpp"
#include "metasolve/detail/app/processes.hpp"
#include "metasolve/detail/config/schema.hpp"

namespace metasolve::app {

void add_common_options(CLI::App& command, CommonOptions& options, bool with_overrides) {
  if (with_overrides) {
    // One value per flag: a list would consume the positional argument after it.
    command.add_option("--set", options.overrides, "Override a key of the configuration; may be given repeatedly")
        ->type_name("SECTION.KEY=VALUE")
        ->allow_extra_args(false);
  }
  command.add_option("--device", options.device, "auto, cpu, cuda, cuda:N, or serial (for debugging)")
      ->check(offered({"auto", "cpu", "cuda", "serial"}))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "CPU threads, 0 for all; the same as --set resources.threads=N")
      ->check(CLI::Range(0, 4096));
  command.add_flag("--json", options.json, "One JSON document on stdout; everything else goes to stderr");
}

std::vector<std::string> all_overrides(CommonOptions const& options) {
  auto overrides = options.overrides;
  if (options.threads >= 0) overrides.push_back("resources.threads=" + std::to_string(options.threads));
  return overrides;
}

config::RunConfig overridden(config::RunConfig const& config, std::string const& origin, CommonOptions const& options) {
  return config::overridden(config, origin, all_overrides(options));
}

Executor open_executor(CommonOptions const& options, config::RunConfig const& config) {
  return Executor::on_rank(this_process().shared(), options.device, config.resources.threads);
}

}  // namespace metasolve::app
