// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

struct SolveOptions {
  CommonOptions common;
  std::string problem = "poisson";
  std::string tasks;      ///< CSV
  std::string model;      ///< run or checkpoint; empty: the default parameters
  std::string out;        ///< CSV
  std::string solutions;  ///< CSV; empty: not requested
  double tolerance = 1e-6;
  std::int64_t max_iterations = 10000;
  std::map<std::string, std::string> given;  ///< by flag: problem-specific options (problems::SolveOption)
};

void add_solve_options(CLI::App& command, SolveOptions& options);
int run_solve(SolveOptions const& options);

}  // namespace metasolve::app
