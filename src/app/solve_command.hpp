// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "src/app/options.hpp"

namespace metasolve::app {

struct SolveOptions {
  CommonOptions common;
  std::string problem = "poisson";
  std::string tasks;  ///< CSV
  std::string model;  ///< run or checkpoint; empty: the default parameters
  std::string out;    ///< CSV
  double tolerance = 1e-6;
  std::int64_t max_iterations = 10000;
  std::string measure;               ///< empty: the model's, else relative-error
  std::optional<double> relaxation;  ///< empty: solver.relaxation
  std::string matrices;              ///< folder, problem spd
  std::string preconditioner;        ///< empty: solver.preconditioner; likewise below
  std::string ordering;
  std::optional<int> fill_level, fill_entries;
  std::optional<double> shift;  ///< empty: the factor's own (default_shift in solve_input.cpp)
  std::string shift_scale;      ///< empty: absolute
};

void add_solve_options(CLI::App& command, SolveOptions& options);
int run_solve(SolveOptions const& options);

}  // namespace metasolve::app
