// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "metasolve/detail/config/choices.hpp"
#include "metasolve/detail/config/fields.hpp"
#include "metasolve/detail/config/spelling.hpp"
#include "metasolve/detail/config/values.hpp"

/// Builds the rows of a table of keys: one function per value type.
namespace metasolve::config::make_field {

using nlohmann::json;

inline constexpr Bound open = Bound::open;
inline constexpr Bound closed = Bound::closed;
inline constexpr double unbounded = std::numeric_limits<double>::max();
inline constexpr int max_int = std::numeric_limits<int>::max();

struct Length {
  std::size_t low;
  std::size_t high;
  std::string text() const { return std::to_string(low) + " to " + std::to_string(high); }
};

/// Locates one value in RunConfig; copied into the accessors of its Field.
template <class Section, class Member>
struct Place {
  using value = Member;
  Section RunConfig::*section;
  Member Section::*member;
  Member& of(RunConfig& config) const { return config.*section.*member; }
  Member const& of(RunConfig const& config) const { return config.*section.*member; }
};
template <class Section, class Member>
Place(Section RunConfig::*, Member Section::*) -> Place<Section, Member>;

/// Locates a value in a problem's own struct.
template <class Settings, class Member>
struct OwnPlace {
  using value = Member;
  Member Settings::*member;
  Member& of(RunConfig& config) const { return config.own.of<Settings>().*member; }
  Member const& of(RunConfig const& config) const { return config.own.of<Settings>().*member; }
};
template <class Settings, class Member>
OwnPlace(Member Settings::*) -> OwnPlace<Settings, Member>;

struct Text {
  std::string key;
  std::string unit;
  std::string doc;
};

/// `read` returns the value as the member's type, or nothing when it does not fit; `write` is its inverse.
template <class P, class Read, class Write>
Field make(P place, Text text, std::string type, std::string expected, Read read, Write write) {
  Field field;
  field.section = text.key.substr(0, text.key.find('.'));
  field.key = std::move(text.key);
  field.type = std::move(type);
  field.expected = std::move(expected);
  field.unit = std::move(text.unit);
  field.doc = std::move(text.doc);
  field.set = [place, read, wanted = field.expected](RunConfig& config,
                                                     json const& value) -> std::optional<std::string> {
    std::optional<typename P::value> parsed = read(value);
    if (!parsed) return "given " + describe(value) + ", expected " + wanted;
    place.of(config) = std::move(*parsed);
    return std::nullopt;
  };
  field.get = [place, write](RunConfig const& config) -> json { return write(place.of(config)); };
  field.place = [place](RunConfig const& config) -> void const* { return &place.of(config); };
  return field;
}

inline constexpr auto as_is = [](auto const& value) { return json(value); };

template <class P>
Field integer(P place, IntegerRange range, Text text) {
  using Member = typename P::value;
  auto read = [range](json const& value) -> std::optional<Member> {
    auto const number = read_integer(value, range);
    return number ? std::optional<Member>(static_cast<Member>(*number)) : std::nullopt;
  };
  return make(place, std::move(text), "integer", "an integer, " + range.text(), read, as_is);
}

template <class P>
Field real(P place, RealRange range, Text text) {
  auto read = [range](json const& value) { return read_real(value, range); };
  return make(place, std::move(text), "real", "a finite real, " + range.text(), read, as_is);
}

template <class P>
Field boolean(P place, Text text) {
  auto read = [](json const& value) {
    return value.is_boolean() ? std::optional<bool>(value.get<bool>()) : std::nullopt;
  };
  return make(place, std::move(text), "boolean", "true or false", read, as_is);
}

template <class P>
Field choice(P place, Text text) {
  using Enum = typename P::value;
  std::vector<std::string> names;
  std::string list;
  for (auto const& [value, name] : ChoiceNames<Enum>::table) {
    names.emplace_back(name);
    list += (list.empty() ? "\"" : ", \"") + names.back() + "\"";
  }
  auto read = [](json const& value) -> std::optional<Enum> {
    return value.is_string() ? value_of<Enum>(value.get_ref<std::string const&>()) : std::nullopt;
  };
  auto write = [](Enum value) { return json(name_of(value)); };
  Field field = make(place, std::move(text), "choice", names.size() == 1 ? list : "one of " + list, read, write);
  field.set = [set = field.set, names](RunConfig& config, json const& value) {
    auto problem = set(config, value);
    std::string const guess =
        problem && value.is_string() ? nearest(value.get_ref<std::string const&>(), names) : std::string{};
    if (!guess.empty()) *problem += "; the nearest is \"" + guess + "\"";
    return problem;
  };
  return field;
}

/// A list whose elements are read by `element`.
template <class P, class ReadElement>
Field list_of(P place, Length length, std::string const& of, Text text, ReadElement element) {
  using Element = typename P::value::value_type;
  auto read = [length, element](json const& value) -> std::optional<std::vector<Element>> {
    if (!value.is_array() || value.size() < length.low || value.size() > length.high) return std::nullopt;
    std::vector<Element> result;
    for (auto const& item : value) {
      auto const parsed = element(item);
      if (!parsed) return std::nullopt;
      result.push_back(static_cast<Element>(*parsed));
    }
    return result;
  };
  std::string const type = std::is_integral_v<Element>     ? "list of integers"
                           : std::is_arithmetic_v<Element> ? "list of reals"
                                                           : "list of texts";
  Field field = make(place, std::move(text), type, "a list of " + length.text() + " entries, each " + of, read, as_is);
  // The length alone does not explain the error: name the first entry that does not fit.
  field.set = [set = field.set, element](RunConfig& config, json const& value) {
    auto problem = set(config, value);
    if (!problem || !value.is_array()) return problem;
    auto const wrong = std::ranges::find_if(value, [&](json const& item) { return !element(item); });
    if (wrong == value.end()) return problem;
    return std::optional("entry " + std::to_string(wrong - value.begin() + 1) + " of the list: given " +
                         describe(*wrong) + problem->substr(problem->find(", expected")));
  };
  return field;
}

template <class P>
Field list(P place, Length length, IntegerRange range, Text text) {
  return list_of(place, length, "an integer, " + range.text(), std::move(text),
                 [range](json const& item) { return read_integer(item, range); });
}

template <class P>
Field list(P place, Length length, RealRange range, Text text) {
  return list_of(place, length, "a finite real, " + range.text(), std::move(text),
                 [range](json const& item) { return read_real(item, range); });
}

/// Any text on one line.
inline std::optional<std::string> read_line(json const& value) {
  constexpr std::size_t longest = 4096;
  bool const fits = value.is_string() && value.get_ref<std::string const&>().size() <= longest &&
                    value.get_ref<std::string const&>().find('\n') == std::string::npos;
  return fits ? std::optional(value.get<std::string>()) : std::nullopt;
}

template <class P>
Field text(P place, Text text) {
  return make(place, std::move(text), "text", "a text on one line", read_line, as_is);
}

template <class P>
Field texts(P place, Length length, Text text) {
  return list_of(place, length, "a text on one line", std::move(text), read_line);
}

/// Only the registry knows which problems exist, so any plain name passes here.
template <class P>
Field name(P place, Text text) {
  auto read = [](json const& value) -> std::optional<std::string> {
    if (!value.is_string()) return std::nullopt;
    auto const& given = value.get_ref<std::string const&>();
    bool const plain = given.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
    return !given.empty() && given.size() <= 64 && plain ? std::optional(given) : std::nullopt;
  };
  return make(place, std::move(text), "name", "a name of lower-case letters, digits, - and _", read, as_is);
}

/// Any path that the file system accepts.
template <class P>
Field path(P place, Text text) {
  auto read = [](json const& value) {
    bool const fits = value.is_string() && value.get_ref<std::string const&>().size() <= 4096;
    return fits ? std::optional(value.get<std::string>()) : std::nullopt;
  };
  return make(place, std::move(text), "path", "the name of a file or folder", read, as_is);
}

template <class P>
Field bytes(P place, Text text) {
  auto write = [](std::int64_t value) { return json(bytes_text(value)); };
  return make(
      place, std::move(text), "size",
      "an integer number of bytes or a string with a unit, such as \"512MiB\" (KiB, MiB, GiB); at least 1MiB",
      [](json const& value) { return read_bytes(value); }, write);
}

/// A key that a trained network depends on.
inline Field fixed(Field field) {
  field.is_fixed = true;
  return field;
}

}  // namespace metasolve::config::make_field
