// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "metasolve/meta_solver.hpp"
#include "metasolve/types.hpp"

namespace metasolve {

/// What a solver is made with, whatever it solves.
struct Setup {
  std::int64_t capacity = 0;                   ///< most tasks in one call, at least 1
  std::optional<MetaSolver> meta_solver = {};  ///< chooses parameters; none: the caller's are taken
  Workspace workspace = {};                    ///< as many bytes as workspace_bytes says for this setup, or none
};

}  // namespace metasolve
