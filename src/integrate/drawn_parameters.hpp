// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "metasolve/detail/random/philox.hpp"
#include "metasolve/detail/systems/known_odes.hpp"

namespace metasolve::integrate {

/// Draws one set from the distribution of the system's parameters, which must exist. index: of the set.
std::vector<double> drawn_parameters(systems::OdeDescription const& ode, std::uint64_t seed, random::Stream stream,
                                     std::int64_t index);

}  // namespace metasolve::integrate
