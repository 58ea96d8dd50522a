// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/programs/placeholders.hpp"

#include <string_view>

namespace metasolve::programs {

namespace {

/// Calls plain(character) or name(name) for each part of the command.
template <class Plain, class Name>
void walk(std::string_view command, std::set<std::string> const& names, Plain&& plain, Name&& name) {
  for (std::size_t i = 0; i < command.size(); ++i) {
    auto const end = command[i] == '{' && (i == 0 || command[i - 1] != '$') ? command.find('}', i) : command.npos;
    std::string const inside(end == command.npos ? std::string_view{} : command.substr(i + 1, end - i - 1));
    if (names.contains(inside)) {
      name(inside);
      i = end;
    } else {
      plain(command[i]);
    }
  }
}

}  // namespace

std::set<std::string> CommandTemplate::used() const {
  std::set<std::string> found;
  walk(
      command_, names_, [](char) {}, [&](std::string const& name) { found.insert(name); });
  return found;
}

bool CommandTemplate::has(std::string const& name) const { return used().contains(name); }

std::string CommandTemplate::filled(std::map<std::string, std::string> const& values) const {
  std::string result;
  walk(
      command_, names_, [&](char c) { result += c; },
      [&](std::string const& name) { result += shell_word(values.at(name)); });
  return result;
}

std::string shell_word(std::string const& text) {
  constexpr auto plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-+./=:,@%";
  if (!text.empty() && text.find_first_not_of(plain) == std::string::npos) return text;
  std::string quoted = "'";
  for (char const c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace metasolve::programs
