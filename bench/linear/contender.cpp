// SPDX-License-Identifier: Apache-2.0
#include "contender.hpp"

namespace metasolve::bench::linear {

// In functions, so that they exist before the files that add to them do.
std::vector<Entry>& entries() {
  static std::vector<Entry> all;
  return all;
}

std::vector<std::pair<std::string, std::string>>& versions() {
  static std::vector<std::pair<std::string, std::string>> all;
  return all;
}

}  // namespace metasolve::bench::linear
