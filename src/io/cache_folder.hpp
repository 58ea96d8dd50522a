// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace metasolve::io {

/// METASOLVE_CACHE, else metasolve in XDG_CACHE_HOME or ~/.cache; METASOLVE_CACHE empty, or none of them: empty, no
/// cache.
std::string cache_folder();

}  // namespace metasolve::io
