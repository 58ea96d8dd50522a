// SPDX-License-Identifier: Apache-2.0
#include "src/train/json_text.hpp"

namespace metasolve::train {

using nlohmann::ordered_json;

namespace {

/// Brackets open at once, at most; those within strings aside.
int nesting(std::string_view text) {
  int open = 0, most = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++open);
    } else if (c == ']' || c == '}') {
      --open;
    }
  }
  return most;
}

}  // namespace

std::string document_text(ordered_json const& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + '\n';
}

ordered_json parse_document(std::string_view text) {
  constexpr int deepest = 64;
  if (nesting(text) > deepest) return ordered_json(ordered_json::value_t::discarded);
  return ordered_json::parse(text, nullptr, false);
}

}  // namespace metasolve::train
