// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/json.hpp"

namespace metasolve::io {

std::string document_text(nlohmann::ordered_json const& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

void require_shallow_json(std::string_view text, std::string const& origin, int deepest) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth <= deepest) continue;
      throw InputError(origin + ": lists or objects within each other more than " + std::to_string(deepest) +
                       " deep (byte " + std::to_string(i + 1) +
                       "): no program of metasolve wrote it; use another file");
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
}

void refuse_json(std::string const& origin, std::string const& why) {
  throw InputError(origin + ": is not JSON (" + why +
                   "): the file is damaged or another program's; use a copy of it, or another file");
}

}  // namespace metasolve::io
