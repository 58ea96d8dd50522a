// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

/// Validates, reads and writes single configuration values.
namespace metasolve::config {

struct IntegerRange {
  std::int64_t low;
  std::int64_t high;

  std::string text() const;
};

enum class Bound { closed, open };

struct RealRange {
  double low;
  double high = std::numeric_limits<double>::max();
  Bound low_bound = Bound::closed;
  Bound high_bound = Bound::closed;

  bool contains(double value) const;  // false for NaN
  std::string text() const;
};

/// The integer in `value` if it is one and lies in the range. A real is never read as an integer.
std::optional<std::int64_t> read_integer(nlohmann::json const& value, IntegerRange range);

/// The real in `value` if it is a finite real or an integer and lies in the range.
std::optional<double> read_real(nlohmann::json const& value, RealRange const& range);

/// Bytes from an integer or from text such as "512MiB" (units KiB, MiB, GiB; none: bytes); at least 1 MiB.
std::optional<std::int64_t> read_bytes(nlohmann::json const& value);

/// In the largest unit that represents `bytes` exactly, such as "1GiB".
std::string bytes_text(std::int64_t bytes);

/// Shortest text that reads back to the same double and is always recognisable as a real.
std::string real_text(double value);

/// The given value in words: `the string "fast"`, `the integer 3`.
std::string describe(nlohmann::json const& value);

/// One value in TOML syntax; reals in the shortest form that reads back to the same bits.
std::string toml_value(nlohmann::json const& value);

}  // namespace metasolve::config
