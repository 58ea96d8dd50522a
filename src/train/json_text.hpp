// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace metasolve::train {

/// As text, the members in their order; bytes that are not UTF-8 (a file's name may hold them) are replaced, so that
/// the result can always be parsed.
std::string document_text(nlohmann::ordered_json const& document);

/// What nobody has vouched for. Discarded where the text is not JSON, or nested deeper than anything we write: what
/// walks through it may recurse.
nlohmann::ordered_json parse_document(std::string_view text);

}  // namespace metasolve::train
