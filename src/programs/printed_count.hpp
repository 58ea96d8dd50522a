// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace metasolve::programs {

/// Finds the count in what a program printed.
class PrintedCount {
 public:
  /// pattern: as ProgramSettings::iterations_pattern. @throws InputError it is no regular expression with a group
  explicit PrintedCount(std::string const& pattern);
  /// The group of the last line that matches, or the last whole number; none: there is none of 0 to 2^31 - 1.
  [[nodiscard]] std::optional<std::int32_t> in(std::string_view printed) const;

 private:
  std::optional<std::regex> pattern_;
};

}  // namespace metasolve::programs
