// SPDX-License-Identifier: Apache-2.0
#include "src/io/hash.hpp"

#include <cstdint>
#include <cstdio>

namespace metasolve::io {

std::string hash_text(std::string_view text) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  char name[17];
  std::snprintf(name, sizeof name, "%016llx", static_cast<unsigned long long>(hash));
  return name;
}

}  // namespace metasolve::io
