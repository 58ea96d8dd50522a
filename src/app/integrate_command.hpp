// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "metasolve/detail/app/options.hpp"

namespace metasolve::app {

struct IntegrateOptions {
  CommonOptions common;
  std::string problem = "robertson";
  std::int64_t sets = 0;  ///< 0: one, with the published parameters
  std::uint64_t seed = 0;
  int steps = 100;
  std::optional<double> end_time;  ///< empty: the published one
  std::string spacing = "log";
  double relaxation = 1.37;
  std::string model;  ///< run or checkpoint; empty: none
  bool online = false;
  std::string online_state;  ///< file; empty: none
  double tolerance = 1e-9;
  std::int64_t max_iterations = 10000;
  std::string on_failure = "constant,newton,smaller-steps";  ///< or "stop"
  std::string trajectory;                                    ///< CSV; empty: compare the methods
};

void add_integrate_options(CLI::App& command, IntegrateOptions& options);
int run_integrate(IntegrateOptions const& options);

}  // namespace metasolve::app
