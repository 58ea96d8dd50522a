// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace metasolve::io {

/// FNV-1a (Fowler, Noll, Vo) of text that arrives in parts. Detects accidental damage, not forgery.
class Hash {
 public:
  void add(std::string_view text) {
    for (char const c : text) value_ = (value_ ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  /// 16 hexadecimal digits.
  [[nodiscard]] std::string text() const;

 private:
  std::uint64_t value_ = 14695981039346656037ULL;
};

/// Hash of the text: a checksum, or a name for a file whose content is then compared in full.
std::string hash_text(std::string_view text);

}  // namespace metasolve::io
