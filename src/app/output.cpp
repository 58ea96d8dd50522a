// SPDX-License-Identifier: Apache-2.0
#include "src/app/output.hpp"

#include <cmath>
#include <cstdio>
#include <iostream>

namespace metasolve::app {

void print_document(nlohmann::ordered_json const& document) { std::cout << document_text(document) << std::flush; }

std::ostream& human(bool json) { return json ? std::cerr : std::cout; }

std::string number(char const* format, double value) {
  std::array<char, 64> text{};
  int const length = std::snprintf(text.data(), text.size(), format, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string size_text(std::uint64_t bytes) {
  auto const megabytes = static_cast<double>(bytes) / 1e6;
  return megabytes < 1000 ? number("%.1f MB", megabytes) : number("%.2f GB", megabytes / 1000);
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
