// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/config/toml_text.hpp"

#include <algorithm>

#include "metasolve/error.hpp"

namespace metasolve::config {

namespace {

/// The position after the string that begins at `at`; in invalid TOML, the end of its line or of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  char const quote = text[at];
  std::string const triple(3, quote);
  bool const has_lines = text.substr(at, 3) == triple;
  for (at += has_lines ? 3 : 1; at < text.size(); ++at) {
    if (quote == '"' && text[at] == '\\') {
      ++at;
    } else if (has_lines) {
      if (text.substr(at, 3) != triple) continue;
      // One or two quotes may directly precede the closing three.
      return std::min(text.find_first_not_of(quote, at), at + 5);
    } else if (text[at] == quote) {
      return at + 1;
    } else if (text[at] == '\n') {
      return at;
    }
  }
  return text.size();
}

void require_short_keys(std::string_view text, std::string const& origin) {
  int parts = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    char const c = text[at];
    if (c == '"' || c == '\'') {
      at = end_of_string(text, at) - 1;
    } else if (c == '#') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (c == '.') {
      if (++parts <= most_key_parts) continue;
      auto const line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
      throw InputError(origin + ":" + std::to_string(line) + ": a key of more than " + std::to_string(most_key_parts) +
                       " parts; a configuration's keys have two, section.key: correct the key or remove it");
    } else if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) {
      parts = 1;
    }
  }
}

}  // namespace

toml::table parse_toml(std::string_view text, std::string const& origin) {
  require_short_keys(text, origin);
  return toml::parse(text, origin);
}

}  // namespace metasolve::config
