// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "measure.hpp"

namespace metasolve::bench::linear {

/// Rows of a set: ours first, each beside the fastest peer that solved all tasks, then the peers; and the set-up times,
/// ours beside Eigen's analyzePattern.
void append(nlohmann::ordered_json& document, System const& system, std::vector<Figures> const& figures);

}  // namespace metasolve::bench::linear
