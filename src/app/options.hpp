// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/config/run_config.hpp"
#include "metasolve/executor.hpp"

namespace CLI {
class App;
}

/// Shared by all commands. A command is a struct of the user's options, a function that declares it to CLI11, and a
/// function that runs it and returns the exit status.
namespace metasolve::app {

struct CommonOptions {
  std::vector<std::string> overrides;  ///< section.key=value
  std::string device = "auto";
  bool json = false;
  int threads = -1;  ///< -1: as configured
};

/// Adds --device, --threads and --json; with_overrides: also --set.
void add_common_options(CLI::App& command, CommonOptions& options, bool with_overrides = true);

/// --set, and --threads as an override of resources.threads.
std::vector<std::string> all_overrides(CommonOptions const& options);

/// Applies the overrides to a configuration; origin: where it came from, may be empty. @throws InputError
config::RunConfig overridden(config::RunConfig const& config, std::string const& origin, CommonOptions const& options);

/// Opens the selected device, with the configuration's threads. @throws InputError, DeviceError
Executor open_executor(CommonOptions const& options, config::RunConfig const& config);

}  // namespace metasolve::app
