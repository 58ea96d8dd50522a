// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "metasolve/error.hpp"

namespace metasolve::io {

/// Serialises with members in order; invalid UTF-8 (possible in file names) is replaced, so that the result can always
/// be parsed.
std::string document_text(nlohmann::ordered_json const& document);

/// Maximum nesting depth of a JSON document, far beyond our files. Traversing, copying or printing a document uses
/// stack for each level, so that a file of brackets would end the program.
inline constexpr int deepest_json = 64;

/// @throws InputError the text nests deeper; invalid JSON is left to the parser
void require_shallow_json(std::string_view text, std::string const& origin, int deepest = deepest_json);

[[noreturn]] void refuse_json(std::string const& origin, std::string const& why);

/// Parses JSON text of limited depth. Json: nlohmann::json or nlohmann::ordered_json.
/// @throws InputError invalid JSON, nested too deeply, or an object with two equal keys, of which the library would
///         silently keep the last; the message begins with origin, the file's name
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::string const& origin) {
  require_shallow_json(text, origin);
  std::vector<std::set<std::string>> keys;
  auto const watch = [&](int, typename Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.template get<std::string>()).second) {
      refuse_json(origin, "the key " + parsed.dump() + " appears twice");
    }
    return true;
  };
  try {
    return Json::parse(text, watch);
  } catch (nlohmann::json::parse_error const& error) {
    refuse_json(origin, "byte " + std::to_string(error.byte));
  } catch (nlohmann::json::exception const&) {
    refuse_json(origin, "a number beyond the range of numbers");
  }
}

}  // namespace metasolve::io
