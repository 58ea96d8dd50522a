// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/app/output.hpp"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <utility>

#include "metasolve/detail/io/json.hpp"
#include "metasolve/detail/io/output_file.hpp"
#include "metasolve/error.hpp"

namespace metasolve::app {

void print_document(nlohmann::ordered_json const& document) {
  static bool printed = false;
  if (!std::exchange(printed, true)) std::cout << io::document_text(document) << std::flush;
}

std::ostream& human(bool json) { return json ? std::cerr : std::cout; }

std::ostream& human(bool json, std::string const& out) { return human(json || io::is_standard_output(out)); }

void require_one_on_stdout(bool json, std::string const& option, std::string const& out) {
  if (!json || !io::is_standard_output(out)) return;
  throw InputError(option + ": " + out + " is standard output, which --json's document goes to; give the name of a " +
                   "file, or leave out --json");
}

void print_notice(std::string const& notice) { std::cerr << "metasolve: " << notice << '\n'; }

std::string number(char const* format, double value) {
  std::array<char, 64> text{};
  [[maybe_unused]] int const wanted = std::snprintf(text.data(), text.size(), format, value);  // cut where it is longer
  return text.data();
}

std::string duration_text(double seconds) {
  if (!(seconds >= 0 && seconds < 1e9)) return "?";
  auto const whole = static_cast<std::int64_t>(std::llround(seconds));
  auto const two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
  std::string const minutes_on = two(whole % 60);
  if (whole < 3600) return std::to_string(whole / 60) + ":" + minutes_on;
  return std::to_string(whole / 3600) + ":" + two(whole / 60 % 60) + ":" + minutes_on;
}

}  // namespace metasolve::app
