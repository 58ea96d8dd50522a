// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

namespace metasolve::config {
namespace {

constexpr std::int64_t least_memory = std::int64_t{1} << 20;

struct Unit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array<Unit, 3> units{
    {{"GiB", std::int64_t{1} << 30}, {"MiB", std::int64_t{1} << 20}, {"KiB", std::int64_t{1} << 10}}};

/// Quoted in TOML syntax; control characters are escaped so that a message stays on one line.
std::string toml_quoted(std::string_view text) {
  std::string result = "\"";
  for (char const c : text) {
    auto const code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7f) {
      constexpr std::string_view digits = "0123456789abcdef";
      result += "\\u00";
      result += digits[code >> 4U];
      result += digits[code & 0xfU];
    } else {
      result += c;
    }
  }
  return result + '"';
}

}  // namespace

std::string IntegerRange::text() const {
  if (high == std::numeric_limits<std::int64_t>::max() || high == std::numeric_limits<int>::max()) {
    return "at least " + std::to_string(low);
  }
  return std::to_string(low) + " to " + std::to_string(high);
}

bool RealRange::contains(double value) const {
  bool const above = low_bound == Bound::open ? value > low : value >= low;
  bool const below = high_bound == Bound::open ? value < high : value <= high;
  return above && below;
}

std::string RealRange::text() const {
  std::string lower = (low_bound == Bound::open ? "greater than " : "at least ") + real_text(low);
  if (high == std::numeric_limits<double>::max()) return lower;
  return lower + " and " + (high_bound == Bound::open ? "less than " : "at most ") + real_text(high);
}

std::optional<std::int64_t> read_integer(nlohmann::json const& value, IntegerRange range) {
  if (!value.is_number_integer()) return std::nullopt;
  // The JSON parser stores integers beyond the signed range as unsigned: a cast would make them negative.
  if (value.is_number_unsigned() &&
      value.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return std::nullopt;
  }
  auto const number = value.get<std::int64_t>();
  if (number < range.low || number > range.high) return std::nullopt;
  return number;
}

std::optional<double> read_real(nlohmann::json const& value, RealRange const& range) {
  if (!value.is_number()) return std::nullopt;
  auto const number = value.get<double>();
  if (!std::isfinite(number) || !range.contains(number)) return std::nullopt;
  return number;
}

std::optional<std::int64_t> read_bytes(nlohmann::json const& value) {
  if (value.is_number_integer()) return read_integer(value, {least_memory, std::numeric_limits<std::int64_t>::max()});
  if (!value.is_string()) return std::nullopt;
  auto const& text = value.get_ref<std::string const&>();
  std::int64_t count = 0;
  char const* const end = text.data() + text.size();
  auto const [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  while (!suffix.empty() && suffix.front() == ' ') suffix.remove_prefix(1);
  std::int64_t factor = suffix.empty() ? 1 : 0;
  for (Unit const& unit : units) {
    if (suffix == unit.name) factor = unit.bytes;
  }
  if (factor == 0 || count > std::numeric_limits<std::int64_t>::max() / factor) return std::nullopt;
  if (count * factor < least_memory) return std::nullopt;
  return count * factor;
}

std::string bytes_text(std::int64_t bytes) {
  for (Unit const& unit : units) {
    if (bytes != 0 && bytes % unit.bytes == 0) return std::to_string(bytes / unit.bytes).append(unit.name);
  }
  return std::to_string(bytes);
}

std::string real_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 32> buffer{};
  auto const [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  std::string text(buffer.data(), error == std::errc{} ? end : buffer.data());
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string describe(nlohmann::json const& value) {
  constexpr std::size_t longest_quote = 80;
  switch (value.type()) {
    case nlohmann::json::value_t::string: {
      auto const& text = value.get_ref<std::string const&>();
      return text.size() <= longest_quote ? "the string " + toml_quoted(text)
                                          : "a string of " + std::to_string(text.size()) + " bytes";
    }
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return "the integer " + value.dump();
    case nlohmann::json::value_t::number_float:
      return "the real " + real_text(value.get<double>());
    case nlohmann::json::value_t::boolean:
      return value.get<bool>() ? "the boolean true" : "the boolean false";
    case nlohmann::json::value_t::array:
      return "a list of " + std::to_string(value.size());
    case nlohmann::json::value_t::object:
      return "a table";
    default:
      return "a date, a time or nothing";
  }
}

std::string toml_value(nlohmann::json const& value) {
  if (value.is_string()) return toml_quoted(value.get_ref<std::string const&>());
  if (value.is_number_float()) return real_text(value.get<double>());
  if (!value.is_array()) return value.dump();
  std::string text = "[";
  for (auto const& element : value) {
    if (text.size() > 1) text += ", ";
    text += toml_value(element);
  }
  return text + "]";
}

}  // namespace metasolve::config
