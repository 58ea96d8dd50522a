// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <string_view>

namespace flow {

char const* const usage =
    "Usage: reacting_flow [options]\n"
    "  --grid N            cells along each side, at least 8 (256)\n"
    "  --steps N           time steps (75)\n"
    "  --first-step H      length of the first, in seconds (1e-4); steps grow evenly\n"
    "  --last-step H       length of the last (2000)\n"
    "  --method M          constant, newton, meta, online or all (all); newton is always run, for comparison\n"
    "  --model RUN         for meta: a folder that `metasolve train configs/robertson.toml` has written\n"
    "  --relaxation R      the constant factor (1.37)\n"
    "  --tolerance T       on ||g|| of each cell's implicit step (1e-9)\n"
    "  --max-iterations N  sweeps after which an attempt on a cell ends (10000)\n"
    "  --first-max-iterations N\n"
    "                      of the meta-solver's attempt, before the constant factor's (500; 0: as all)\n"
    "  --agreement A       largest difference of final states from Newton's that counts as equal (1e-6)\n"
    "  --device D          cpu, cuda or cuda:N (cpu); of several processes, cuda gives each its own\n"
    "  --threads N         of the CPU, of each process (all that it may use)\n"
    "  --merge-every N     steps after which processes share what online has learned (5; 0: never)\n"
    "  --repeats N         runs of each method, by turns; times are their medians (1)\n"
    "  --frames DIR        write pictures there\n"
    "  --frames-every N    steps from one picture to the next (10)\n"
    "  --digests           print a digest of each final state, of all its bits\n";

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

int count(std::string_view option, std::string_view text, int least) {
  int value = 0;
  if (!read(text, value) || value < least) refuse(option, text, "a whole number of at least " + std::to_string(least));
  return value;
}

double positive(std::string_view option, std::string_view text) {
  double value = 0;
  if (!read(text, value) || !(value > 0) || !std::isfinite(value)) refuse(option, text, "a positive number");
  return value;
}

std::vector<Method> methods(std::string_view text) {
  if (text == "all") return {Method::newton, Method::constant, Method::meta_solver, Method::online};
  if (text == "newton") return {Method::newton};
  if (text == "constant") return {Method::newton, Method::constant};
  if (text == "meta") return {Method::newton, Method::meta_solver};
  if (text == "online") return {Method::newton, Method::constant, Method::online};
  refuse("--method", text, "constant, newton, meta, online or all");
}

std::string device(std::string_view text) {
  constexpr std::string_view numbered = "cuda:";
  int number = -1;
  bool const is_numbered = text.starts_with(numbered) && read(text.substr(numbered.size()), number) && number >= 0;
  if (text != "cpu" && text != "cuda" && !is_numbered) refuse("--device", text, "cpu, cuda or cuda:N");
  return std::string(text);
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
    if (option == "--digests") {
      o.digests = true;
      continue;
    }
    if (i + 1 == argc) throw std::runtime_error(std::string(option) + ": no such option, or its value is missing");
    std::string_view const value = argv[++i];
    if (option == "--grid")
      o.grid = count(option, value, 8);
    else if (option == "--steps")
      o.steps = count(option, value, 1);
    else if (option == "--first-step")
      o.first_step = positive(option, value);
    else if (option == "--last-step")
      o.last_step = positive(option, value);
    else if (option == "--method")
      o.methods = methods(value);
    else if (option == "--model")
      o.chemistry.model = value;
    else if (option == "--relaxation")
      o.chemistry.relaxation = positive(option, value);
    else if (option == "--tolerance")
      o.chemistry.tolerance = positive(option, value);
    else if (option == "--max-iterations")
      o.chemistry.max_iterations = count(option, value, 1);
    else if (option == "--first-max-iterations")
      o.chemistry.first_max_iterations = count(option, value, 0);
    else if (option == "--merge-every")
      o.chemistry.merge_every = count(option, value, 0);
    else if (option == "--agreement")
      o.agreement = positive(option, value);
    else if (option == "--device")
      o.device = device(value);
    else if (option == "--threads")
      o.threads = count(option, value, 0);
    else if (option == "--repeats")
      o.repeats = count(option, value, 1);
    else if (option == "--frames")
      o.frames = value;
    else if (option == "--frames-every")
      o.frames_every = count(option, value, 1);
    else
      throw std::runtime_error(std::string(option) + ": no such option; --help lists them");
  }
  bool meta_solver = false;
  for (auto const method : o.methods) meta_solver = meta_solver || method == Method::meta_solver;
  if (meta_solver && o.chemistry.model.empty()) {
    throw std::runtime_error("--model is missing: the meta-solver's run folder, or choose another --method");
  }
  return o;
}

}  // namespace flow
