// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace heat {

struct Options {
  int nx = 25;  ///< intervals along each side
  int steps = 5000;
  int members = 1;
  double omega = 1.5;
  bool online = false;
  std::uint64_t seed = 1;
  std::string load, save;  ///< files; empty: none
  std::string device = "cpu";
  int threads = 0;  ///< of the CPU; 0: all
  bool help = false;
};

extern char const* const usage;

/// @throws std::runtime_error names the option
Options parse_options(int argc, char** argv);

}  // namespace heat
