// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <vector>

#include "metasolve/detail/problems/beam_mesh.hpp"
#include "metasolve/executor.hpp"

namespace metasolve::bench {

/// Assembles the matrices and right-hand sides of beams [tasks][BeamColumns], already on the executor, into its own
/// memory: the kernel without any transfer. The function returns before the work is done.
std::function<void()> make_assembly(Executor const& executor, problems::BeamStencil const& stencil,
                                    std::vector<double> const& beams);

}  // namespace metasolve::bench
