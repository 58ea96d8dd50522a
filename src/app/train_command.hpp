// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

struct TrainOptions {
  CommonOptions common;
  std::string config;  ///< file; empty with resume: the run's own
  std::string out;     ///< folder; empty: runs/<stem of config>
  bool resume = false;
  bool dry_run = false;
  std::string budget;             ///< time to choose a network and train it in; empty: the configured one is trained
  std::vector<std::string> argv;  ///< for the manifest
};

void add_train_options(CLI::App& command, TrainOptions& options);

/// Exit status: 0 finished, 128 + signal when stopped by one.
int run_train(TrainOptions const& options);

}  // namespace metasolve::app
