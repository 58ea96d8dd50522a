// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/executor.hpp"
#include "src/config/run_config.hpp"

namespace CLI {
class App;
}

/// What the commands of the command line share. A command is a struct of what the user gave, a function that
/// declares it to CLI11, and a function that does it and returns the exit status.
namespace metasolve::app {

struct CommonOptions {
  std::vector<std::string> overrides;  ///< section.key=value
  std::string device = "auto";
  bool json = false;
  int threads = -1;  ///< -1: as the configuration says
};

/// --device, --threads and --json; with_overrides: --set too.
void add_common_options(CLI::App& command, CommonOptions& options, bool with_overrides = true);

/// --set, and --threads as the override of resources.threads that it is.
std::vector<std::string> all_overrides(CommonOptions const& options);

/// A configuration with the overrides applied; origin: where it came from, may be empty. @throws InputError
config::RunConfig overridden(config::RunConfig const& config, std::string const& origin, CommonOptions const& options);

/// The device asked for, with the configuration's threads. @throws InputError, DeviceError
Executor open_executor(CommonOptions const& options, config::RunConfig const& config);

}  // namespace metasolve::app
