// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "metasolve/detail/app/options.hpp"
#include "metasolve/runs.hpp"

namespace metasolve::app {

struct TuneOptions {
  CommonOptions common;
  std::string config;
  std::vector<std::string> argv;  ///< for the manifest
  TuningRange range;              ///< its by_seconds does not count
  std::string by = "iterations";  ///< "iterations" or "seconds"
  // Of constants found by gradient:
  std::string out;             ///< empty: runs/<configuration>-constants
  std::string budget = "60s";  ///< a time
};

void add_tune_options(CLI::App& command, TuneOptions& options);
int run_tune(TuneOptions const& options);

}  // namespace metasolve::app
