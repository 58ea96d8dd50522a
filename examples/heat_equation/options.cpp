// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <charconv>
#include <stdexcept>
#include <string_view>

namespace heat {

char const* const usage =
    "Usage: heat_equation [options]\n"
    "  --nx N         intervals along each side, at least 4 (25): (N - 1)^2 unknowns\n"
    "  --steps N      time steps of 0.001 (5000)\n"
    "  --members M    simulations side by side, each at another time of the cycle (1)\n"
    "  --omega W      of the preconditioner, 1 to 1.95; with --online the constant that gains are measured against "
    "(1.5)\n"
    "  --online       learns omega while it runs\n"
    "  --seed N       of --online (1)\n"
    "  --load FILE    --online continues with what an earlier run has saved, and with its constant and seed\n"
    "  --save FILE    saves what --online has learned\n"
    "  --device D     cpu, cuda, cuda:N, serial or auto (cpu)\n"
    "  --threads N    of the CPU (all)\n";

namespace {

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string const& expected) {
  throw std::runtime_error(std::string(option) + ": '" + std::string(text) + "', expected " + expected);
}

/// Parses the whole text.
template <class Number>
bool read(std::string_view text, Number& value) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

template <class Number>
Number count(std::string_view option, std::string_view text, Number least) {
  Number value = 0;
  if (!read(text, value) || value < least) refuse(option, text, "a whole number of at least " + std::to_string(least));
  return value;
}

double omega(std::string_view option, std::string_view text) {
  double value = 0;
  if (!read(text, value) || !(value >= 1 && value <= 1.95)) refuse(option, text, "a number from 1 to 1.95");
  return value;
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options o;
  for (int i = 1; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (option == "--help" || option == "-h") {
      o.help = true;
      return o;
    }
    if (option == "--online") {
      o.online = true;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(std::string(option) + ": no such option, or its value is missing");
    std::string_view const value = argv[++i];
    if (option == "--nx")
      o.nx = count(option, value, 4);
    else if (option == "--steps")
      o.steps = count(option, value, 1);
    else if (option == "--members")
      o.members = count(option, value, 1);
    else if (option == "--omega")
      o.omega = omega(option, value);
    else if (option == "--seed")
      o.seed = count(option, value, std::uint64_t{0});
    else if (option == "--load")
      o.load = value;
    else if (option == "--save")
      o.save = value;
    else if (option == "--device")
      o.device = value;
    else if (option == "--threads")
      o.threads = count(option, value, 0);
    else
      throw std::runtime_error(std::string(option) + ": no such option; --help lists them");
  }
  if (!o.online && !(o.load.empty() && o.save.empty())) {
    throw std::runtime_error(std::string(o.load.empty() ? "--save" : "--load") + ": only with --online");
  }
  return o;
}

}  // namespace heat
