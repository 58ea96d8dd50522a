// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "metasolve/error.hpp"

namespace metasolve::io {

/// As text, the members in their order; bytes that are not UTF-8 (a file's name may hold them) are replaced, so that
/// the result can always be parsed.
std::string document_text(nlohmann::ordered_json const& document);

/// Lists and objects within each other that a JSON document may have: no file of ours comes near. Who walks, copies or
/// prints a document takes some of the stack for each level, so that a file of brackets would end the program.
inline constexpr int deepest_json = 64;

/// @throws InputError the text nests deeper; where it is no JSON at all, that is for its parser to say
void require_shallow_json(std::string_view text, std::string const& origin, int deepest = deepest_json);

[[noreturn]] void refuse_json(std::string const& origin, std::string const& why);

/// The document that a text of bounded depth holds. Json: nlohmann::json, or nlohmann::ordered_json.
/// @throws InputError no JSON, or nested too deeply; origin, the file's name, stands first
template <class Json = nlohmann::json>
Json parse_json(std::string_view text, std::string const& origin) {
  require_shallow_json(text, origin);
  try {
    return Json::parse(text);
  } catch (nlohmann::json::parse_error const& error) {
    refuse_json(origin, "byte " + std::to_string(error.byte));
  } catch (nlohmann::json::exception const&) {
    refuse_json(origin, "a number beyond the range of numbers");
  }
}

}  // namespace metasolve::io
