// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

/// Written names of enumerations: one table per enumeration, next to its user, to parse, print and document it.
namespace metasolve::io {

template <class Enum>
struct ChoiceNames;

template <class Enum, std::size_t N>
using ChoiceTable = std::array<std::pair<Enum, std::string_view>, N>;

/// The written name of a value; "?" for a value outside the enumeration, which no parser accepts.
template <class Enum>
constexpr std::string_view name_of(Enum value) {
  for (auto const& [candidate, name] : ChoiceNames<Enum>::table) {
    if (candidate == value) return name;
  }
  return "?";
}

/// The value with that written name, if any. Names are case-sensitive.
template <class Enum>
constexpr std::optional<Enum> value_of(std::string_view name) {
  for (auto const& [value, candidate] : ChoiceNames<Enum>::table) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

}  // namespace metasolve::io
