// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace projection {

char const* const usage =
    "Usage: pressure_projection compare [options]       iterations and times of initial guesses\n"
    "       pressure_projection record FILE [options]   systems with their guesses, for training\n"
    "       pressure_projection frames FILE [options]   what plot.py draws, of one scene\n"
    "  --n N          cells along each side (64)\n"
    "  --scenes N     scenes, of seeds one after the other (8)\n"
    "  --seed N       of the first scene (1)\n"
    "  --steps N      of each scene (200)\n"
    "  --every K      records each K-th step (10)\n"
    "  --cells C      that anything moves in a step, at most (1.5)\n"
    "  --tolerance T  of a pressure: ||b - A p|| <= T ||b|| (1e-6)\n"
    "  --model RUN    compare: a meta-solver, trained on what record wrote\n"
    "  --weights M    earlier pressures in the guess of record and frames (2)\n";

namespace {

template <class Number>
Number read(std::string_view option, std::string_view text, Number least) {
  Number value = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least)) {
    throw std::runtime_error(std::string(option) + ": '" + std::string(text) + "', expected a number of at least " +
                             std::to_string(least));
  }
  return value;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options o;
  o.command = argc > 1 ? argv[1] : "help";
  if (o.command == "--help" || o.command == "-h") o.command = "help";
  if (o.command == "help") return o;
  bool const writes = o.command == "record" || o.command == "frames";
  if (!writes && o.command != "compare") throw std::runtime_error(o.command + ": no such command; --help lists them");
  if (writes && argc < 3) throw std::runtime_error(o.command + ": FILE is missing");
  if (writes) o.file = argv[2];
  for (int i = writes ? 3 : 2; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (i + 1 == argc) throw std::runtime_error(std::string(option) + ": no such option, or its value is missing");
    std::string_view const value = argv[++i];
    if (option == "--n")
      o.n = read(option, value, 32);
    else if (option == "--scenes")
      o.scenes = read(option, value, 1);
    else if (option == "--seed")
      o.seed = read(option, value, std::uint64_t{0});
    else if (option == "--steps")
      o.steps = read(option, value, 1);
    else if (option == "--every")
      o.every = read(option, value, 1);
    else if (option == "--cells")
      o.cells = read(option, value, 0.1);
    else if (option == "--tolerance")
      o.tolerance = read(option, value, 1e-12);
    else if (option == "--model")
      o.model = value;
    else if (option == "--weights")
      o.weights = read(option, value, 1);
    else
      throw std::runtime_error(std::string(option) + ": no such option; --help lists them");
  }
  if (o.every > o.steps) throw std::runtime_error("--every: more than --steps");
  return o;
}

}  // namespace projection
