// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace projection {

struct Options {
  std::string command;  ///< compare, record, frames or help
  std::string model;    ///< of compare; empty: none
  std::string file;     ///< of record and frames
  int n = 64;
  int scenes = 8;
  std::uint64_t seed = 1;  ///< of the first scene
  int steps = 200;
  int every = 10;
  double cells = 1.5;  ///< that anything moves in a step
  double tolerance = 1e-6;
  int weights = 2;  ///< pressures in the guess
};

extern char const* const usage;

/// @throws std::runtime_error names the option
Options parse_options(int argc, char** argv);

}  // namespace projection
