// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/hash.hpp"

#include <cstdio>

namespace metasolve::io {

std::string Hash::text() const {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value_));
  return digits;
}

std::string hash_text(std::string_view text) {
  Hash hash;
  hash.add(text);
  return hash.text();
}

}  // namespace metasolve::io
