// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace metasolve::io {

/// 16 hexadecimal digits of the text (FNV-1a; Fowler, Noll, Vo): a name for a file, whose content is then compared in
/// full.
std::string hash_text(std::string_view text);

}  // namespace metasolve::io
