// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "metasolve/meta_solver.hpp"
#include "metasolve/types.hpp"

namespace metasolve {

/// Settings common to all solvers.
struct Setup {
  std::int64_t capacity = 0;                   ///< maximum tasks per call, at least 1
  std::optional<MetaSolver> meta_solver = {};  ///< predicts the parameters; none: the caller's are used
  Workspace workspace = {};                    ///< workspace_bytes bytes for this setup, or none
};

}  // namespace metasolve
