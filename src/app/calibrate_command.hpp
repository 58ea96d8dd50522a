// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/options.hpp"

/// `metasolve calibrate`: what set-ups and iterations cost on this machine.
namespace metasolve::app {

struct CalibrateOptions {
  std::vector<std::string> configs;
  bool again = false;
  CommonOptions common;
};

void add_calibrate_options(CLI::App& command, CalibrateOptions& options);
int run_calibrate(CalibrateOptions const& options);

}  // namespace metasolve::app
