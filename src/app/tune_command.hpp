// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "metasolve/detail/app/options.hpp"
#include "metasolve/detail/train/tune.hpp"

namespace metasolve::app {

struct TuneOptions {
  CommonOptions common;
  std::string config;
  std::optional<double> low, high, spacing;  ///< empty: as in TunedParameter::grid
  std::string by = "iterations";             ///< "iterations" or "seconds"
};

void add_tune_options(CLI::App& command, TuneOptions& options);
int run_tune(TuneOptions const& options);

}  // namespace metasolve::app
