// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "metasolve/detail/app/options.hpp"
#include "metasolve/runs.hpp"

namespace metasolve::app {

struct TuneOptions {
  CommonOptions common;
  std::string config;
  TuningRange range;              ///< its by_seconds does not count
  std::string by = "iterations";  ///< "iterations" or "seconds"
};

void add_tune_options(CLI::App& command, TuneOptions& options);
int run_tune(TuneOptions const& options);

}  // namespace metasolve::app
