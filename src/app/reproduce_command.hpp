// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

struct ReproduceOptions {
  CommonOptions common;
  std::vector<std::string> argv;
  std::string what;            ///< table3, figure1, figure2, theory
  std::string scale = "full";  ///< "full" or "smoke"
  int seeds = 0;               ///< 0: the scale's default
  int members = 0;             ///< 0: the default of `what`
  std::string out = "results";
};

void add_reproduce_options(CLI::App& command, ReproduceOptions& options);
int run_reproduce(ReproduceOptions const& options);

}  // namespace metasolve::app
