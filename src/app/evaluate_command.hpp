// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

struct EvaluateOptions {
  CommonOptions common;
  std::string run;                  ///< folder of a run, or a checkpoint
  std::string checkpoint = "best";  ///< "best" or "last"; for a folder
  std::int64_t tasks = 0;           ///< 0: as configured
};

void add_evaluate_options(CLI::App& command, EvaluateOptions& options);
int run_evaluate(EvaluateOptions const& options);

}  // namespace metasolve::app
