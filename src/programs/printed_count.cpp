// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/printed_count.hpp"

#include <limits>

#include "metasolve/detail/io/lines.hpp"
#include "metasolve/error.hpp"

namespace metasolve::programs {

namespace {

std::optional<std::int32_t> count_in(std::string_view word) {
  std::int64_t value = -1;
  bool const fits = io::parse_number(word, value) && value >= 0 && value <= std::numeric_limits<std::int32_t>::max();
  return fits ? std::optional(static_cast<std::int32_t>(value)) : std::nullopt;
}

/// The last word of the line that is a whole number.
std::optional<std::int32_t> last_number(std::string_view line) {
  constexpr std::string_view between = " \t\r,;:=()[]";
  std::optional<std::int32_t> found;
  while (!line.empty()) {
    auto const end = std::min(line.find_first_of(between), line.size());
    if (auto const count = count_in(line.substr(0, end))) found = count;
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return found;
}

}  // namespace

PrintedCount::PrintedCount(std::string const& pattern) {
  if (pattern.empty()) return;
  try {
    pattern_ = std::regex(pattern, std::regex::ECMAScript);
  } catch (std::regex_error const& error) {
    throw InputError("problem.iterations_pattern: is no regular expression (" + std::string(error.what()) +
                     "); expected one of ECMAScript, such as \"iterations ([0-9]+)\"");
  }
  if (pattern_->mark_count() != 1) {
    throw InputError("problem.iterations_pattern: has " + std::to_string(pattern_->mark_count()) +
                     " groups in brackets; expected one, around the count, such as \"iterations ([0-9]+)\"");
  }
}

std::optional<std::int32_t> PrintedCount::in(std::string_view printed) const {
  // The standard library's search uses stack in proportion to the text.
  constexpr std::size_t longest_line = 4096;
  std::optional<std::int32_t> found;
  while (!printed.empty()) {
    auto const end = std::min(printed.find('\n'), printed.size());
    std::string const line(printed.substr(0, std::min(end, longest_line)));
    printed.remove_prefix(std::min(end + 1, printed.size()));
    std::smatch match;
    if (!pattern_) {
      if (auto const count = last_number(line)) found = count;
    } else if (std::regex_search(line, match, *pattern_)) {
      found = count_in(match[1].str());
    }
  }
  return found;
}

}  // namespace metasolve::programs
