// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "chemistry.hpp"

namespace flow {

struct Options {
  int grid = 256;
  int steps = 75;
  double first_step = 1e-4, last_step = 2000;
  std::vector<Method> methods = {Method::newton, Method::constant, Method::meta_solver, Method::online};
  ChemistrySettings chemistry;
  std::string device = "cpu";  ///< as metasolve::Executor::on_rank names it
  int threads = 0;             ///< CPU threads of a process; 0: all
  int repeats = 1;
  std::string frames;     ///< folder; empty: none
  int frames_every = 10;  ///< steps
  double agreement = 1e-6;
  bool digests = false;  ///< print one of each final state
  bool help = false;
};

extern char const* const usage;

/// @throws std::runtime_error names the option
Options parse_options(int argc, char** argv);

}  // namespace flow
