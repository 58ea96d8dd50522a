// SPDX-License-Identifier: Apache-2.0
#include "metasolve/detail/io/cache_folder.hpp"

#include <cstdlib>

namespace metasolve::io {

std::string cache_folder() {
  auto const variable = [](char const* name) -> std::string {
    char const* const value = std::getenv(name);
    return value != nullptr ? value : "";
  };
  if (std::getenv("METASOLVE_CACHE") != nullptr) return variable("METASOLVE_CACHE");
  if (auto const xdg = variable("XDG_CACHE_HOME"); !xdg.empty()) return xdg + "/metasolve";
  if (auto const home = variable("HOME"); !home.empty()) return home + "/.cache/metasolve";
  return {};
}

}  // namespace metasolve::io
