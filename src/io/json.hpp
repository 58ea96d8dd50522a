// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "metasolve/error.hpp"

namespace metasolve::io {

/// Lists and objects within each other that a JSON document may have: no file of ours comes near. Who walks, copies or
/// prints a document takes some of the stack for each level, so that a file of brackets would end the program.
inline constexpr int deepest_json = 64;

/// @throws InputError the text nests deeper; where it is no JSON at all, that is for its parser to say
void require_shallow_json(std::string_view text, std::string const& origin, int deepest = deepest_json);

/// The document that a text of bounded depth holds. Json: nlohmann::json, or nlohmann::ordered_json.
/// @throws InputError no JSON, or nested too deeply; origin, the file's name, stands first
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::string const& origin) {
  require_shallow_json(text, origin);
  try {
    return Json::parse(text);
  } catch (nlohmann::json::parse_error const& error) {
    throw InputError(origin + ": is not JSON (byte " + std::to_string(error.byte) +
                     "): the file is damaged or another program's; use a copy of it, or another file");
  }
}

}  // namespace metasolve::io
